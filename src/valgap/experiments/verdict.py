"""From pairs of trials to a verdict, as DESIGN section 6 defines it. No Keras, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.trials import TrialRecord
from valgap.evidence.verdicts import VerdictStatus
from valgap.experiments.arms import Direction
from valgap.stats import paired, sign_flip

# The smallest difference that matters: a point of skill, 5 % of the loss, or the seed's spread.
POINT, OF_LOSS = 0.01, 0.05
# Five points of skill matter to anybody, even where seeds alone make as much.
MATTERS = 0.05
HALF = 0.5
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Pairs:
    """Both sides of an experiment, by seed, in one figure of which more is better.

    `figure` is `skill`, or `loss` with its sign turned.
    """

    figure: str
    patient: tuple[float, ...]
    remedied: tuple[float, ...]

    @property
    def effect(self) -> Estimate:
        """How much better it is with the cause taken away, with Student's interval over pairs."""
        return paired(np.subtract(self.remedied, self.patient))

    @property
    def p(self) -> float:
        """The two-sided p of the sign-flip test."""
        return sign_flip(np.subtract(self.remedied, self.patient))

    @property
    def delta(self) -> float:
        """The smallest difference that matters."""
        spread = float(np.std(self.patient, ddof=1)) if len(self.patient) > 1 else 0.0
        point = POINT if self.figure == "skill" else OF_LOSS * abs(float(np.mean(self.patient)))
        return max(spread, point)

    @property
    def small(self) -> float:
        """The largest change that can be called none, however far seeds lie apart."""
        level = abs(float(np.mean(self.patient)))
        return min(self.delta, MATTERS if self.figure == "skill" else 5 * OF_LOSS * level)


def pairs_of(patient: Sequence[TrialRecord], remedied: Sequence[TrialRecord]) -> Pairs | None:
    """Gives back the pairs of the same seed and length in which both trials came to an end.

    They are judged by skill where the task has one on both sides, as the task that the
    remedied side makes of the targets; else by the loss. A loss that is no number is the worst.
    """
    other = {(t.seed, t.epochs): t for t in remedied if t.error is None}
    both = [
        (t, other[t.seed, t.epochs])
        for t in patient
        if t.error is None and (t.seed, t.epochs) in other
    ]
    if not both:
        return None
    scores = [(_score(a, b), b.score) for a, b in both]
    known = [(a, b) for a, b in scores if a is not None and b is not None]
    if len(known) == len(both):
        return Pairs("skill", tuple(a for a, _ in known), tuple(b for _, b in known))
    losses = [(a.loss, b.loss) for a, b in both]
    sound = [(-a, -b) for a, b in losses if a is not None and b is not None]
    if len(sound) < len(both):
        return None
    return Pairs("loss", tuple(a for a, _ in sound), tuple(b for _, b in sound))


def _score(patient: TrialRecord, remedied: TrialRecord) -> float | None:
    if patient.task == remedied.task:
        return patient.score
    return patient.scores.get(remedied.task)


def judged(
    found: Pairs,
    direction: Direction,
    *,
    deficit: float,
    excluded: Sequence[str],
    claims: int = 1,
) -> tuple[VerdictStatus, str]:
    """Gives back the verdict on a cause, and the reason in a few words.

    Args:
        found: the pairs.
        direction: where the figure is to go when the cause is taken away.
        deficit: how far the patient stays behind what was reached or could be.
        excluded: rival causes that were tested and make up less than half of the deficit.
        claims: how many causes are tested in this run.
    """
    effect, delta = found.effect, found.delta
    if effect.low is None or effect.high is None:
        return "inconclusive", "one pair says nothing of chance"
    small = found.small
    if -small <= effect.low and effect.high <= small:
        told: VerdictStatus = "confirmed" if direction == "same" else "harmless"
        return told, "taking it away changes less than matters"
    if direction == "same":
        is_other = effect.low > delta or effect.high < -delta
        return ("refuted", "it changes the figure") if is_other else ("inconclusive", _wide(found))
    sign = -1 if direction == "down" else 1
    most = max(sign * effect.low, sign * effect.high)
    if most <= delta and (direction == "down" or most < max(small, HALF * deficit)):
        return "refuted", "taking it away does not change the figure as predicted"
    if min(sign * effect.low, sign * effect.high) <= delta or found.p > LEVEL / claims:
        return "inconclusive", _wide(found)
    return _of_an_effect(sign * effect.value, deficit if direction == "up" else 0.0, excluded)


def _of_an_effect(
    effect: float, deficit: float, excluded: Sequence[str]
) -> tuple[VerdictStatus, str]:
    """An effect beyond delta and chance confirms if it is large enough and no rival is left."""
    if effect < HALF * deficit:
        return "inconclusive", "it makes up less than half of what is missing"
    if not excluded:
        return "inconclusive", "no rival cause could be excluded"
    return "confirmed", "taking it away makes up at least half of what is missing"


def pairs_needed(claims: int) -> int:
    """Gives back how many pairs can pass the sign-flip test with so many claims (Holm)."""
    n = 2
    while 2.0 * 2.0**-n > LEVEL / max(1, claims):
        n += 1
    return n


def _wide(found: Pairs) -> str:
    return f"{len(found.patient)} pairs leave it open"


def is_excluded(found: Pairs | None, direction: Direction, target: float) -> bool:
    """Whether a rival, taken away, makes up less than half of the target, beyond chance."""
    if found is None or found.effect.low is None or found.effect.high is None:
        return False
    most = -found.effect.low if direction == "down" else found.effect.high
    return most < max(found.small, HALF * target)
