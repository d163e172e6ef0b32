"""Earlier runs of a script that `--resume` goes on from. No NumPy: it is not run yet."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from valgap.errors import UsageError
from valgap.evidence.runs import find_run


def stopped(root: Path, name: str, script: str) -> Path:
    """Gives back the folder of a run of a script that was stopped.

    Args:
        root: the folder of all that valgap keeps.
        name: a path, an id or the start of one.
        script: what is to be run.

    Raises:
        UsageError: if there is none, it ended by itself, or is of another script.
    """
    path = find_run(root, name).absolute()
    try:
        record = json.loads((path / "run.json").read_text(encoding="utf-8"))
        status, of = record["status"], record["target"]["script"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is damaged: {type(error).__name__}") from None
    if status == "finished":
        raise UsageError(f"run {path.name} ended by itself: there is nothing to go on with")
    if of is None or Path(of).name != Path(script).name:
        raise UsageError(f"run {path.name} is of {of}, not of {script}")
    return path


def last_studied(root: Path, script: str, worked_at: Callable[[Path], float | None]) -> Path | None:
    """Gives back the run of a script as it stands that was studied last, None if none was.

    Args:
        root: the folder of all that valgap keeps; what `treat` and `compare` recorded counts.
        script: its path. Runs of another text, or with arguments, are of another fit.
        worked_at: tells of the folder of a run when it was studied, None if it was not.
    """
    studied = [(at, run) for run in _recorded(root) if (at := worked_at(run)) is not None]
    ours = (run for _, run in sorted(studied, reverse=True) if _is_of(run, script))
    return next(ours, None)


def _recorded(root: Path) -> Iterator[Path]:
    for pattern in ("runs/*/run.json", "compared/*/runs/*/run.json"):
        yield from (file.parent.absolute() for file in root.glob(pattern))


def _is_of(run: Path, script: str) -> bool:
    from valgap.evidence.home import with_home
    from valgap.evidence.source import read_source
    from valgap.observe.source import source_of

    kept, now = read_source(run), source_of(os.path.abspath(script))
    try:
        args = json.loads((run / "run.json").read_text(encoding="utf-8"))["target"]["args"]
    except (OSError, ValueError, KeyError, TypeError):  # damaged
        return False
    if kept is None or now is None or args:
        return False
    return kept.text == now.text and os.path.abspath(with_home(kept.file)) == now.file
