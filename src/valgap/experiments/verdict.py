"""From pairs of trials to a verdict, as DESIGN section 6 defines it. No Keras, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
NORMAL = 1.96
UNKNOWN_ROWS = "each side is scored on rows of its own, and what other rows change is not known"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Both sides of an experiment, by seed, in one figure of which more is better.

    `figure` is `skill`, or `loss` with its sign turned. `row_error` is half of the interval that
    other validation rows would change, where both sides are scored on rows of their own: all
    pairs share it, so that no number of them takes it away. None: it is not known. `rows` is how
    many validation rows the patient is scored on.
    """

    figure: str
    patient: tuple[float, ...]
    remedied: tuple[float, ...]
    row_error: float | None = 0.0
    rows: int = 0

    @property
    def effect(self) -> Estimate:
        """How much better it is with the cause taken away, with Student's interval over pairs."""
        found = paired(np.subtract(self.remedied, self.patient))
        if self.row_error == 0 or found.high is None:
            return found
        if self.row_error is None:
            return Estimate(found.value, None, None, found.n)
        half = math.hypot(found.high - found.value, self.row_error)
        return Estimate(found.value, found.value - half, found.value + half, found.n)

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

    @property
    def by_chance(self) -> float:
        """The standard error of the skill of guesses over so many rows; 0 where not known.

        All pairs share it. It is that of balanced accuracy over two classes of one size; more
        classes have less.
        """
        return 1 / math.sqrt(self.rows) if self.rows and self.figure == "skill" else 0.0


def pairs_of(patient: Sequence[TrialRecord], remedied: Sequence[TrialRecord]) -> Pairs | None:
    """Gives back the pairs of the same seed and length in which both trials came to an end.

    Pairs that are equal to the last digit count once: the seed changed nothing.

    They are judged by skill where the task has one on both sides, as the task that the
    remedied side makes of the targets; else by the loss. A loss that is no number makes no pairs.
    """
    other = {(t.seed, t.epochs): t for t in remedied if t.error is None}
    both = [
        (t, other[t.seed, t.epochs])
        for t in patient
        if t.error is None and (t.seed, t.epochs) in other
    ]
    both = list({_drawn(a, b): (a, b) for a, b in both}.values())
    if not both:
        return None
    scores = [(_score(a, b), b.score) for a, b in both]
    known = [(a, b) for a, b in scores if a is not None and b is not None]
    if len(known) == len(both):
        rows = both[0][0].rows
        return Pairs("skill", tuple(a for a, _ in known), tuple(b for _, b in known), rows=rows)
    losses = [(a.loss, b.loss) for a, b in both]
    sound = [(-a, -b) for a, b in losses if a is not None and b is not None]
    if len(sound) < len(both):
        return None
    return Pairs("loss", tuple(a for a, _ in sound), tuple(b for _, b in sound))


def _drawn(patient: TrialRecord, remedied: TrialRecord) -> tuple[float | None, ...]:
    """What tells two pairs apart: where seeds change nothing, all of them are one."""
    sides = (patient.loss, patient.train_loss, remedied.loss, remedied.train_loss)
    return (patient.seed,) if None in sides else sides


def over_rows(found: Pairs, patient: TrialRecord, remedied: TrialRecord) -> Pairs:
    """Gives back the pairs with what other validation rows change, if each side has its own.

    The variance of a skill s over n rows is taken as (1 - s^2) / n: that of balanced accuracy
    over two classes of one size; more classes, and a share of variance, have less.
    """
    if _on_the_same_rows(patient, remedied):
        return found
    if found.figure != "skill":
        return replace(found, row_error=None)
    sides = ((found.patient, patient.rows), (found.remedied, remedied.rows))
    # No row wrong of a few is no certainty: four rows at chance are put in (Agresti and Coull,
    # The American Statistician 52, 1998).
    variance = sum((1 - (float(np.mean(s)) * n / (n + 4)) ** 2) / max(1, n) for s, n in sides)
    return replace(found, row_error=NORMAL * math.sqrt(variance))


def _on_the_same_rows(patient: TrialRecord, remedied: TrialRecord) -> bool:
    """Whether inputs or targets are the same: an arm may rescale one of them, not both."""
    if not (patient.checksum and remedied.checksum):
        return True
    ours, theirs = patient.checksum.split("-"), remedied.checksum.split("-")
    is_one_equal = any(a == b for a, b in zip(ours, theirs, strict=False))
    return patient.rows == remedied.rows and is_one_equal


def _score(patient: TrialRecord, remedied: TrialRecord) -> float | None:
    if patient.task == remedied.task:
        return patient.score
    return patient.scores.get(remedied.task)


def judged(
    found: Pairs,
    direction: Direction,
    *,
    deficit: float | None,
    excluded: Sequence[str],
    claims: int = 1,
) -> tuple[VerdictStatus, str]:
    """Gives back the verdict on a cause, and the reason in a few words.

    Args:
        found: the pairs.
        direction: where the figure is to go when the cause is taken away.
        deficit: how far the patient stays behind what was reached or could be; with `same` what
            a reference does better, None where none was made.
        excluded: rival causes that were tested and make up less than half of the deficit.
        claims: how many causes are tested in this run.
    """
    effect, delta = found.effect, found.delta
    if effect.low is None or effect.high is None:
        few = len(found.patient) < 2
        return "inconclusive", "one pair says nothing of chance" if few else UNKNOWN_ROWS
    small = found.small
    is_none = -small <= effect.low and effect.high <= small
    if direction == "same":
        return _of_no_effect(found, effect.low, effect.high, deficit)
    assert deficit is not None
    if is_none:
        return "harmless", "taking it away changes less than matters"
    sign = -1 if direction == "down" else 1
    most = max(sign * effect.low, sign * effect.high)
    if most <= (small if direction == "down" else min(delta, max(small, HALF * deficit))):
        return "refuted", "taking it away does not change the figure as predicted"
    if min(sign * effect.low, sign * effect.high) <= delta or found.p > LEVEL / claims:
        return "inconclusive", _wide(found)
    return _of_an_effect(sign * effect.value, deficit if direction == "up" else 0.0, excluded)


def _of_no_effect(
    found: Pairs, low: float, high: float, deficit: float | None
) -> tuple[VerdictStatus, str]:
    """A cause that is one where nothing is lost, and no reference does better (the rival).

    It may become better: labels that tell nothing can do harm. What other validation rows would
    change is in the interval, as all pairs share those rows.
    """
    if deficit is None:
        return "inconclusive", "no reference was made that could do better"
    if deficit > MATTERS:
        return "refuted", "a cheap reference does better on the same rows"
    by_chance = NORMAL * found.by_chance
    if low - by_chance >= -found.small:
        return "confirmed", "nothing is lost that matters, and no reference does better"
    if high + by_chance < -found.delta:
        return "refuted", "it makes the figure worse"
    return "inconclusive", _wide(found)


def _of_an_effect(
    effect: float, deficit: float, excluded: Sequence[str]
) -> tuple[VerdictStatus, str]:
    """An effect beyond delta and chance confirms if it is large enough and no rival is left."""
    if effect < HALF * deficit:
        return "inconclusive", "it makes up less than half of what is shown to be missing"
    if not excluded:
        return "inconclusive", "no rival cause could be excluded"
    return "confirmed", "taking it away makes up half or more of what is shown to be missing"


def deficit_of(found: Pairs, rivals: Sequence[Pairs] = (), reach: float | None = None) -> float:
    """Gives back how far the patient stays behind the best that was reached, or could be.

    Args:
        found: the pairs.
        rivals: those of other causes.
        reach: the skill that a cheap reference shows can be had.
    """
    reached = [float(np.mean(p.remedied)) for p in (found, *rivals)]
    if found.figure == "skill" and reach is not None:
        reached.append(reach)
    return max(0.0, max(reached) - float(np.mean(found.patient)))


def behind_reference(found: Pairs, reach: float | None) -> float | None:
    """Gives back how far the patient stays behind a cheap reference; None where none was made."""
    if reach is None or found.figure != "skill":
        return None
    return max(0.0, reach - float(np.mean(found.patient)))


def pairs_needed(claims: int) -> int:
    """Gives back how many pairs can pass the sign-flip test with so many claims (Holm)."""
    n = 2
    while 2.0 * 2.0**-n > LEVEL / max(1, claims):
        n += 1
    return n


def _wide(found: Pairs) -> str:
    rows = ", each side scored on rows of its own" if found.row_error else ""
    return f"{len(found.patient)} pairs leave it open{rows}"


def is_excluded(found: Pairs | None, direction: Direction, target: float) -> bool:
    """Whether a rival, taken away, makes up less than half of the target, beyond chance."""
    if found is None or found.effect.low is None or found.effect.high is None:
        return False
    most = -found.effect.low if direction == "down" else found.effect.high
    return most < max(found.small, HALF * target)
