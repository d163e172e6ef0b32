"""The plain baseline tuned: settings proposed, tried on a few units of the race, and learned from.

What is proposed depends on what earlier trials came to, so it is asked for in rounds of one size,
whatever the number of workers: a study that is taken up again proposes the same. The best of them
enter the race like any remedy; that they were chosen among many is no advantage there, as fresh
rows and seeds confirm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from valgap.treatment.jobs import PATIENT, Steps
from valgap.treatment.setting import Setting

# Of the trials that are left, from so many on: with fewer, remedies that findings ask for go first.
SHARE, LEAST_TRIALS = 0.2, 120
A_ROUND = 4
# Two units are a noisy figure; the race looks again.
UNITS = 2
MOST_ROUNDS = 8
# So many of those that were proposed enter the race.
ENTER = 2


class Tuner(Protocol):
    """Proposes settings of the fit as arms."""

    def ask(self, count: int) -> Sequence[str]:
        """Gives back so many arms, some of them alike where it is sure."""
        ...  # pragma: no cover

    def tell(self, arm: str, gain: float | None) -> None:
        """Learns what the last proposal of an arm gained over the patient; None: it failed."""
        ...  # pragma: no cover


MakeTuner = Callable[[], Tuner]


def rounds_of(left: int) -> int:
    """Gives back how many rounds of proposals a selection can afford.

    Args:
        left: trials.
    """
    if left < LEAST_TRIALS:
        return 0
    return min(MOST_ROUNDS, int(SHARE * left) // (A_ROUND * UNITS))


def tuned(setting: Setting, tuner: Tuner, rounds: int) -> Steps[tuple[str, ...]]:
    """Gives back the arms that are to race, the best first; none that gained nothing.

    Args:
        setting: the folds, and the figure.
        tuner: that proposes.
        rounds: of proposals.
    """
    gains: dict[str, float] = {}
    patient = setting.jobs(PATIENT, "tune", range(UNITS))
    for _ in range(rounds):
        asked = tuner.ask(A_ROUND)
        jobs = {arm: setting.jobs((arm,), "tune", range(UNITS)) for arm in asked}
        answers = yield (*patient, *(job for made in jobs.values() for job in made))
        for arm in asked:
            made = setting.differences(jobs[arm], patient, answers)
            whole = len(made) == UNITS
            tuner.tell(arm, float(made.mean()) if whole else None)
            gains |= {arm: float(made.mean())} if whole else {}
    best = sorted(gains, key=lambda arm: -gains[arm])
    return tuple(arm for arm in best[:ENTER] if gains[arm] > 0)
