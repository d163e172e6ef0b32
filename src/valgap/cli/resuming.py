"""The run that `valgap run --resume` goes on from. No NumPy: the script is not run yet."""

from __future__ import annotations

import json
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
