"""Whether a run that has not ended is still at work, or was killed: it cannot say so itself."""

from __future__ import annotations

import time
from pathlib import Path

from valgap.evidence.stored import StoredRun

# A run in which nothing was written for so long was killed.
QUIET_SECONDS = 1800.0


def is_going_on(run: StoredRun) -> bool:
    """Tells whether a run has not ended, and something was written in it of late."""
    return run.record.status == "running" and is_recent(_newest(run.path))


def is_recent(newest_ns: int) -> bool:
    """Tells whether the newest file of a run, by its time, is no older than a run at work has."""
    return time.time() - newest_ns / 1e9 < QUIET_SECONDS


def _newest(path: Path) -> int:
    times = [0]
    for file in (*path.glob("*.json"), *path.glob("fits/*/*")):
        try:
            times.append(file.lstat().st_mtime_ns)
        except OSError:  # a file that was put in place of another meanwhile
            continue
    return max(times)
