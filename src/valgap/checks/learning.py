"""Whether training rows were learned, and how much of what could be learned is missing.

A fault of the model matters where training rows come out worse than they could: it is held
against cheap references on the same rows, so that a task which is hard, or labels which
are noise, blame no layer.
"""

from __future__ import annotations

import dataclasses
import math

from valgap.case import Case, finite
from valgap.checks.outcome import MATTERS, POOR, Outcome, outcome
from valgap.evidence.account import Estimate
from valgap.wording import figure

# What symptoms inside a model explain, which have causes of their own.
STATES = ("CUR102", "CUR104", "CUR106", "EVL102")
# A loss that falls by less than the smallest difference that matters stands still.
FLAT = 0.05


def learns_poorly(case: Case) -> bool:
    """Tells a fit whose training rows score clearly worse than cheap references show they could.

    Without references it is half of what is there to be had, without scores a loss that
    stands still or is no number. Rows told apart at a loss near that of a constant are half
    learned.
    """
    found = outcome(case)
    if found.train is None or not finite(found.train.value):
        return loss_stands_still(case)
    best = best_reference(found)
    if found.is_unsure:
        return True
    if best is None:
        return found.train.value < POOR
    return best.value - found.train.value > max(MATTERS, _half_width(best))


def has_failed(case: Case) -> bool:
    """Tells a fit that learned poorly or nothing at all, also where no reference does better."""
    return outcome(case).has_not_learned or learns_poorly(case)


def loss_stands_still(case: Case) -> bool:
    """Tells a logged training loss that is no number at the end, or has hardly fallen."""
    if loss_is_lost(case):
        return True
    values = list(case.history("loss").values())
    return len(values) > 1 and values[0] - values[-1] < FLAT * abs(values[0])


def loss_is_lost(case: Case) -> bool:
    """Tells a fit whose last logged training loss is no finite number."""
    logged = [e.logs["loss"] for e in case.fit.epochs if "loss" in e.logs]
    return bool(logged) and not finite(logged[-1])


def best_reference(found: Outcome) -> Estimate | None:
    """Gives back the better of the cheap references' skills, or None."""
    known = [e for e in (found.reference_train, found.reference) if e and finite(e.value)]
    return max(known, key=lambda e: e.value, default=None)


def lost_skill(case: Case) -> float:
    """Gives back the share of the reachable skill on training rows that is missing: 0 to 1."""
    found = outcome(case)
    if found.train is None or not finite(found.train.value):
        # Not known: a half says neither that the fault explains all nor nothing.
        return 0.5
    best = best_reference(found)
    within_reach = min(1.0, best.value) if best and best.value > MATTERS else 1.0
    return min(1.0, max(0.0, 1 - max(0.0, found.train.value) / within_reach))


def skill_lines(case: Case) -> list[str]:
    """Gives back the sentence that says how well training rows are told, and could be."""
    found = outcome(case)
    if found.train is None or not finite(found.train.value):
        return []
    best = best_reference(found)
    could = f"; a cheap reference reaches {figure(best.value, 2)}" if best else ""
    return [f"training rows, nothing random: skill {figure(found.train.value, 2)} of 1{could}"]


def held_back(case: Case) -> float:
    """Gives back how far validation clearly lies below a cheap reference in skill, else 0."""
    found = outcome(case)
    own, best = found.validation, found.reference
    if own is None or best is None or not finite(own.value) or not finite(best.value):
        return 0.0
    below = min(1.0, best.value - max(0.0, own.value))
    return below if below > max(MATTERS, _half_width(best)) else 0.0


def validation_loss(case: Case) -> float | None:
    """Gives back the loss of validation rows at the end, clean where that was measured."""
    made = [p.loss.value for p in case.predictions() if p.loss is not None]
    logged = list(case.history("val_loss").values())
    return next((loss for loss in (*made[:1], *logged[-1:]) if finite(loss)), None)


def of_output(case: Case, output: str) -> Case:
    """Gives back the case with the predictions of one output alone, where they are known."""
    if case.model is None or not any(p.output == output for p in case.model.predictions):
        return case
    own = tuple(p for p in case.model.predictions if p.output == output)
    return dataclasses.replace(case, model=dataclasses.replace(case.model, predictions=own))


def gives_all_rows_the_same(case: Case, output: str) -> bool | None:
    """Tells an output that is one value for all rows; None where it was not measured."""
    made = case.model.predictions if case.model else ()
    own = [p for p in made if p.output == output or len(case.heads()) == 1]
    if any(p.constant for p in own):
        return True
    return False if any(finite(p.spread) and p.spread > 0 for p in own) else None


def _half_width(estimate: Estimate) -> float:
    if not (finite(estimate.low) and finite(estimate.high)):
        return 0.0
    return math.fabs(estimate.high - estimate.low) / 2
