"""How well the fit came out: the skill of the model on both splits, beside cheap references.

Skill is 0 for the best constant prediction and 1 for a perfect one, so that checks of any
task can ask the same question: is there trouble that a fault could be the cause of?
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Split

# Below half of what is there to be had a fit has not worked; above nine tenths it has.
POOR, GOOD = 0.5, 0.9
# A difference in skill that matters, where a score of 100 points is at stake: 5 of them.
MATTERS = 0.05
# A loss above half of a constant's, and more than half of it to be had by surer predictions.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """Skill on both splits, and of the best cheap reference on validation; None: not known.

    `is_unsure`: rows are told apart, but the loss still stands near that of a constant, and
    surer predictions of the same order would halve it: a model on its way, not at its end.
    """

    train: Estimate | None
    validation: Estimate | None
    reference: Estimate | None
    reference_train: Estimate | None
    is_unsure: bool = False

    @property
    def is_good(self) -> bool:
        """Whether validation is nearly perfect, or no worse than training and any reference."""
        if self.validation is None or self.is_unsure:
            return False
        if self.validation.value >= GOOD:
            return True
        rivals = [e.value for e in (self.train, self.reference) if e is not None]
        enough = self.validation.value >= POOR
        return enough and bool(rivals) and self.validation.value >= max(rivals) - MATTERS

    @property
    def has_not_learned(self) -> bool:
        """Whether even the training rows are not told apart: no better than chance."""
        return _is_at_chance(self.train)

    @property
    def is_at_chance(self) -> bool:
        """Whether validation is no better than a constant prediction."""
        return _is_at_chance(self.validation)

    @property
    def underfits(self) -> bool:
        """Whether training rows score poorly, or clearly below what a cheap reference does."""
        if self.train is None:
            return False
        best = max((e.value for e in (self.reference_train, self.reference) if e), default=0.0)
        return self.train.value < POOR or self.train.value < best - MATTERS

    @property
    def overfits(self) -> bool:
        """Whether validation is clearly below training."""
        if self.train is None or self.validation is None:
            return False
        below = self.train.value - self.validation.value > MATTERS
        high = self.validation.high
        return below and (not finite(high) or high < self.train.value)


def outcome(case: Case) -> Outcome:
    """Gives back how the fit came out, as far as it was measured."""
    references = case.rows.references if case.rows else None
    best: Estimate | None = None
    within: Estimate | None = None
    if references is not None:
        scores = sorted(references.scores.values(), key=lambda e: e.value)
        best = _skill(scores[-1], references.chance) if scores else None
        within = references.within_train and _skill(references.within_train, references.chance)
    unsure = any(_is_unsure(made) for made in case.predictions("train"))
    return Outcome(skill_of(case, "train"), skill_of(case, "validation"), best, within, unsure)


def _is_unsure(made: Predictions) -> bool:
    """Whether a temperature below 1 halves a loss that is more than half of a constant's."""
    loss, tempered = made.loss, made.loss_tempered
    if loss is None or tempered is None or not (finite(loss.value) and finite(tempered.value)):
        return False
    if not finite(made.temperature) or made.temperature >= 1:
        return False
    constant = _loss_of_a_constant(made)
    return constant > 0 and loss.value > HALF * constant and tempered.value < HALF * loss.value


def _loss_of_a_constant(made: Predictions) -> float:
    """The cross-entropy of naming each class as often as it is met."""
    counts = [sum(row) for row in made.confusion]
    rows = sum(counts)
    return -math.fsum(n / rows * math.log(n / rows) for n in counts if n > 0) if rows else 0.0


def skill_of(case: Case, split: Split) -> Estimate | None:
    """Gives back the skill on one split, the worst of several outputs."""
    found = [s for p in case.predictions(split) if (s := _predicted(p)) is not None]
    return min(found, key=lambda e: e.value, default=None)


def _predicted(made: Predictions) -> Estimate | None:
    if made.r2 is not None:
        return made.r2 if finite(made.r2.value) else None
    if made.balanced_accuracy is None or not finite(made.balanced_accuracy.value):
        return None
    # Of several labels each is a question of yes or no.
    classes = 2 if made.task == "multilabel" else max(2, len(made.recalls))
    return _skill(made.balanced_accuracy, 1 / classes)


def _skill(score: Estimate, chance: float) -> Estimate:
    """A score on a scale from chance (0) to perfect (1)."""
    room = max(1 - chance, 1e-9)
    low, high = (None if v is None else (v - chance) / room for v in (score.low, score.high))
    return Estimate((score.value - chance) / room, low, high, score.n)


def _is_at_chance(skill: Estimate | None) -> bool:
    if skill is None:
        return False
    clearly_above = finite(skill.low) and skill.low > 0
    return skill.value < MATTERS or (not clearly_above and skill.value < 2 * MATTERS)
