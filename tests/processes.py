"""Whether a process is there, for tests that kill others."""

from __future__ import annotations

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Tells a process that runs, and no zombie, from one that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
