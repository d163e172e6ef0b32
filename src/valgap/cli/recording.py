"""Runs to compare: those on record, and scripts that are recorded first."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from valgap.cli.file import root_folder
from valgap.errors import UsageError
from valgap.evidence.store import find_run

_RUN = ("-m", "valgap", "run", "--budget", "0s", "--format", "concise", "--fail-on", "never")
_OUTPUT = "output.txt"
_LONGEST = 200


def is_script(name: str) -> bool:
    """Tells a script from the name of a run."""
    return name.endswith(".py")


def refuse_missing(names: Iterable[str], root: Path) -> None:
    """Raises before anything is run.

    Raises:
        UsageError: if a run or a script is not there.
    """
    for name in names:
        if not is_script(name):
            find_run(root, name)
        elif not Path(name).is_file():
            raise UsageError(f"no script {name}: expected a file, or the id of a run")


def run_of(name: str, root: Path, note: Callable[[str], None]) -> Path:
    """Gives back the folder of a run; a script is recorded first, under a root of its own.

    Args:
        name: a path, an id or the start of one, or a script.
        root: the folder of all that valgap keeps.
        note: is told what is done.

    Raises:
        UsageError: if the script fails, or calls no fit.
    """
    return _recorded(name, root_folder(root), note) if is_script(name) else find_run(root, name)


def _recorded(script: str, root: Path, note: Callable[[str], None]) -> Path:
    parent = root / "compared"
    parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix=f"{Path(script).stem}-", dir=parent))
    log = own / _OUTPUT
    note(f"running {script} once to record it; what it prints is in {log}")
    command = [sys.executable, *_RUN, "--root", str(own), script]
    with log.open("w", encoding="utf-8") as file:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    if ended.returncode:
        raise UsageError(
            f"{script} ended with status {ended.returncode}: {_last_words(log)}; see {log}"
        )
    if not any(own.glob("runs/*/run.json")):
        raise UsageError(f"{script} called no fit: there is nothing to compare; see {log}")
    return find_run(own)


def _last_words(log: Path) -> str:
    """What the script said last, before our own words."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith("valgap: ")]
    return told[-1][:_LONGEST] if told else "it printed nothing"
