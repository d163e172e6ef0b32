"""What studies are called in the storage, and their folders on disk: one is found again by it."""

from __future__ import annotations

import glob
from pathlib import Path

# Written as a study begins; what workers read.
WORK = "work.pkl"
# Of each trial that ended well.
PREDICTIONS = "predictions"


def name_of(metric: str, seed: int, digest: str) -> str:
    """Gives back the name of a study, to which the storage adds a number.

    Args:
        metric: its name.
        seed: of all draws.
        digest: of what a trial is a trial of, beside remedies, fold and seed.
    """
    return f"{metric}-{seed}-{digest}"


def last_worked_at(run: Path, metric: str | None, seed: int) -> float | None:
    """Gives back when a trial of a study of a run ended last, as seconds since 1970.

    Args:
        run: the folder of the run.
        metric: its name; any if None.
        seed: of all draws.

    Returns:
        0 where no trial has ended, None where there is no such study.
    """
    name = name_of("*" if metric is None else glob.escape(metric), seed, "*")
    studies = [path.parent for path in run.glob(f"fits/*/treat/{name}/{WORK}")]
    ended = (p.stat().st_mtime for study in studies for p in study.glob(f"{PREDICTIONS}/*.npy"))
    return max(ended, default=0.0) if studies else None
