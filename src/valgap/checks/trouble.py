"""Whether a fit is in trouble that a fault of its data can be the cause of, and its symptoms."""

from __future__ import annotations

from valgap.case import Case, finite
from valgap.checks.learning import has_failed
from valgap.checks.outcome import outcome

# What shows when a model cannot learn its training rows ...
OF_LEARNING = (
    "CUR102",
    "CUR104",
    "CUR106",
    "EVL102",
    "EVL107",
    "EVL109",
    "FIT103",
    "MOD114",
    "MOD115",
    "MOD117",
    "MOD119",
)
# ... and, where the task itself is stated wrongly, whatever rates and gradients make of it ...
OF_THE_TASK = (*OF_LEARNING, "FIT101", "FIT102", "FIT107", "FIT112", "MOD116")
# ... when steps are too large for the numbers that go in or out ...
OF_BLOWING_UP = ("CUR103", "FIT112", "MOD116")
# ... and when validation rows are not what the model was trained for.
OF_GENERALISING = (
    "CUR101",
    "CUR103",
    "CUR105",
    "EVL102",
    "EVL105",
    "EVL107",
    "EVL109",
    "FIT113",
)


def falls_short(case: Case) -> bool:
    """Tells a model that misses on training rows what was there to be had."""
    return loss_was_lost(case) or (not outcome(case).is_good and has_failed(case))


def fails_on_validation(case: Case) -> bool:
    """Tells a model that has learned its training rows and scores clearly less on validation."""
    if loss_was_lost(case, "val_loss") and not loss_was_lost(case):
        return True
    came_out = outcome(case)
    if came_out.train is None or came_out.is_good or came_out.has_not_learned:
        return False
    return came_out.overfits or came_out.is_at_chance


def loss_was_lost(case: Case, metric: str = "loss") -> bool:
    """Tells whether a logged loss was NaN or infinite in any epoch."""
    logged = (e.logs[metric] for e in case.fit.epochs if metric in e.logs)
    return any(not finite(value) for value in logged)


def lost_on_validation(case: Case) -> float:
    """Gives back the skill that validation lacks of what training rows reach, from 0 to 1."""
    came_out = outcome(case)
    if came_out.train is None or came_out.validation is None or came_out.train.value <= 0:
        return 0.5  # not known: neither all nor nothing
    return min(1.0, max(0.0, 1 - max(0.0, came_out.validation.value) / came_out.train.value))
