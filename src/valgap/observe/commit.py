"""Which commit of the user's project a script was at."""

from __future__ import annotations

import subprocess
from pathlib import Path

_SECONDS = 2.0
_SHOWN = 10


def commit_of(script: str | None) -> str | None:
    """Gives back the commit, in short, and whether the script was changed since; None: no git.

    Args:
        script: The path of a script; None where there is none.
    """
    if not script or not Path(script).is_file():
        return None
    path = Path(script).absolute()
    commit = _git(path.parent, "rev-parse", "HEAD")
    if not commit:
        return None
    state = _git(path.parent, "status", "--porcelain", "--", path.name)
    return commit[:_SHOWN] + (", with changes to the script" if state else "")


def _git(folder: Path, *words: str) -> str | None:
    """What git says, or None where it is not there, fails or takes long."""
    try:
        told = subprocess.run(
            ("git", "-C", str(folder), *words), capture_output=True, text=True, check=True,
            timeout=_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return told.stdout.strip()
