"""EVL106: the epoch was chosen by the rows that score it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.evidence.account import EpochPair
from valgap.evidence.records import CallbackRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, places, plural

# Settings of callbacks that keep or bring back the epoch that validation liked best.
CHOOSERS = ("restore_best_weights", "save_best_only")
# The best of fewer is hardly luckier than any of them.
ENOUGH_EPOCHS = 5
# An interval of 95 % is this many standard errors to each side.
_ERRORS = 1.96

_LOSS = tuple(0.9 * 0.8**i + 0.1 for i in range(30))
_WOBBLE = (0.0, 0.02, -0.02, 0.03, -0.01, 0.01)


def _chosen(half_width: float, rows: int) -> Case:
    val_loss = [0.6 * 0.7**i + 0.42 + _WOBBLE[i % 6] * half_width / 0.12 for i in range(30)]
    stopping = CallbackRecord("EarlyStopping", {"restore_best_weights": True, "patience": 20})
    return example_case(
        loss=_LOSS,
        val_loss=val_loss,
        rows={},
        half_width=half_width,
        validation_rows=rows,
        callbacks=(stopping,),
    )


def _by_few_rows() -> Case:
    return _chosen(0.12, 60)


def _by_many_rows() -> Case:
    return _chosen(0.004, 20_000)


@check(
    code="EVL106",
    name="best-of-many-epochs",
    family="EVL",
    severity="note",
    needs=("validation", "six-epochs", "epoch-pair"),
    fires_on=_by_few_rows,
    silent_on=_by_many_rows,
)
def best_of_many_epochs(case: Case) -> Iterable[Finding]:
    """The kept epoch was chosen on the rows that score it, so its score is too good.

    What it looks for: a callback that keeps the best epoch by validation; the standard error of
    the difference between two epochs on the same rows; and how many epochs lie within its 95 %
    interval of the best. The best of m equal epochs is expected to look better than it is by
    at most the square root of 2 ln m such errors; from 5 % of the loss on that is told.

    Why it matters: among many epochs that are equally good, the one whose luck on these rows
    was best is kept, and its luck is reported as skill. Nothing is wrong with keeping it.

    What to do: report the score on rows that chose nothing (a test split, or the outer folds of
    a nested cross-validation); smooth the curve before choosing, or watch more rows.

    References: Cawley and Talbot, On Over-fitting in Model Selection, 2010; Dodge et al., Show
    Your Work, 2019.
    """
    pair, history = case.epoch_pair(), case.history("val_loss")
    if pair is None or pair.best not in history or not _is_chosen(case):
        return
    error = _error(pair)
    equals = [v for v in history.values() if v - history[pair.best] <= _ERRORS * error]
    if error <= 0 or len(equals) < ENOUGH_EPOCHS:
        return
    luck = error * math.sqrt(2 * math.log(len(equals)))
    if luck >= DELTA_OF_LOSS * abs(history[pair.best]) > 0:
        yield _finding(case, history[pair.best], error, luck, len(equals))


def _is_chosen(case: Case) -> bool:
    """Whether a callback keeps an epoch by a validation figure."""
    kept = (c for c in case.fit.callbacks if any(c.settings.get(name) for name in CHOOSERS))
    return any(str(c.settings.get("monitor", "val_loss")).startswith("val_") for c in kept)


def _error(pair: EpochPair) -> float:
    """The standard error of one epoch's part in the difference of two, on the same rows."""
    low, high = pair.change.low, pair.change.high
    if not (finite(low) and finite(high)):
        return 0.0
    return max(0.0, high - low) / 2 / _ERRORS / math.sqrt(2)


def _finding(case: Case, best: float, error: float, luck: float, equals: int) -> Finding:
    d = places([best])
    return best_of_many_epochs.finding(
        case,
        status="suspected",
        message=f"best of {equals:,} equal epochs: val_loss {figure(best, d)} may flatter by "
        f"{figure(luck, d)}",
        observed=Observed(luck, "val_loss", n=_rows(case)),
        expected=Expected("<", DELTA_OF_LOSS * abs(best), "5 % of the loss, DESIGN section 6"),
        size=min(1.0, luck / abs(best)),
        evidence=(
            f"{plural(equals, 'epoch')} lie within the noise of the best, a standard error of "
            f"{figure(error, d)} on the same rows ({count(_rows(case))} rows)",
            f"the luckiest of {equals:,} gains at most {figure(luck, d)}",
            "what settles it: the kept epoch scored on rows that chose nothing",
        ),
        help="report the score of rows that chose nothing: a test split or outer folds",
        remedies=("hold-out-test-rows",),
    )


def _rows(case: Case) -> int | None:
    return case.fit.validation.rows if case.fit.validation else None
