"""FIT113: the last epoch is worse than the best, and nothing brings the best back."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS, usual_bend
from valgap.evidence.account import EpochPair
from valgap.evidence.records import CallbackRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, places, shown_epoch, signed

# Two standard deviations of what the figure moves between epochs anyway: 95 %.
DEVIATIONS = 2
Z95 = statistics.NormalDist().inv_cdf(0.975)
# Validation that jumps anyway is judged by twice the best, beyond what choosing one of all epochs
# may have won by chance.
FAR = 2.0
# Fewer epochs than these after the best tell too little of what is usual.
ENOUGH_EPOCHS = 5
# Settings of callbacks that keep or bring back the best weights.
KEEPERS = ("restore_best_weights", "save_best_only")

_LOSS = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)
_VAL_LOSS = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)


# A training loss that ends at twice its lowest and more was thrown back, not overfitted.
TWICE = 2.0
COLLAPSE = (
    *("CUR102", "CUR103", "CUR105", "EVL102", "EVL107", "EVL109"),
    *("MOD114", "MOD116", "MOD117", "MOD119"),
)


def _lost() -> Case:
    return example_case(loss=_LOSS, val_loss=_VAL_LOSS, rows={})


def _restored() -> Case:
    stopping = CallbackRecord("EarlyStopping", {"restore_best_weights": True, "patience": 7})
    return example_case(loss=_LOSS, val_loss=_VAL_LOSS, rows={}, callbacks=(stopping,))


@check(
    code="FIT113",
    name="best-epoch-not-kept",
    family="FIT",
    severity="warning",
    needs=("validation", "two-epochs", "epoch-pair"),
    fires_on=_lost,
    silent_on=_restored,
)
def best_epoch_not_kept(case: Case) -> Iterable[Finding]:
    """The last epoch is worse than the best by more than noise, and nothing restores it.

    What it looks for: validation loss of the same rows at the last and at the best epoch, in
    pairs; the difference against 5 % of the loss and against what the figure moves between
    epochs anyway, or a last loss of twice the best and more; and a callback that keeps the best
    weights.

    Why it matters: the model that is left after the fit is not the best one there was.

    What to do: `EarlyStopping(restore_best_weights=True)` or
    `ModelCheckpoint(save_best_only=True)`, on the figure that counts. The best of many
    epochs is a little flattered; judge it on rows that did not choose it.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    pair = case.epoch_pair()
    if pair is None or _keeper(case):
        return
    best = case.history("val_loss").get(pair.best)
    if best is None or not finite(pair.change.low):
        return
    beyond_delta = pair.change.low > DELTA_OF_LOSS * abs(best)
    is_unusual = pair.change.value > DEVIATIONS * _usual_change(case, pair)
    if beyond_delta and is_unusual:
        yield _finding(case, pair, best)
    elif beyond_delta and _is_far(case, pair, best):
        # Whoever stops a fit that jumps draws a lot: that this one was bad is worth a note.
        yield dataclasses.replace(_finding(case, pair, best), severity="note")


def _is_far(case: Case, pair: EpochPair, best: float) -> bool:
    """Whether the last loss is twice the best, beyond the luck of the best of all epochs."""
    change, epochs = pair.change, max(1, len(case.history("val_loss")))
    if not finite(change.low) or best <= 0:
        return False
    error = (change.value - change.low) / Z95
    certain = -statistics.NormalDist().inv_cdf(0.025 / epochs) * error
    return change.value >= (FAR - 1) * best and change.value > certain


def _keeper(case: Case) -> CallbackRecord | None:
    kept = (c for c in case.fit.callbacks if _keeps(c))
    return next(kept, None)


def _keeps(callback: CallbackRecord) -> bool:
    """Whether a callback keeps the best weights, or those of every epoch under its number."""
    every = "{epoch" in str(callback.settings.get("filepath", ""))
    return every or any(callback.settings.get(name) for name in KEEPERS)


def _usual_change(case: Case, pair: EpochPair) -> float:
    """A robust standard deviation of the changes between epochs, whatever their trend.

    Second differences are free of a trend; those of independent noise have three times the
    variance of its first differences.
    """
    history = case.history("val_loss")
    late = [value for epoch, value in history.items() if epoch >= pair.best]
    values = late if len(late) >= ENOUGH_EPOCHS else list(history.values())
    return usual_bend(values) / math.sqrt(3)


def _finding(case: Case, pair: EpochPair, best: float) -> Finding:
    last = case.history("val_loss").get(pair.last, best + pair.change.value)
    change, d = pair.change, places([last])
    return best_epoch_not_kept.finding(
        case,
        status="confirmed",
        message=(
            f"best epoch not kept: val_loss {figure(last, d)} at the end, "
            f"{figure(best, d)} at its best"
        ),
        observed=Observed(change.value, "val_loss", change.low, change.high, change.n),
        expected=Expected("<=", DELTA_OF_LOSS * abs(best), "5 % of the loss, DESIGN section 6"),
        size=min(1.0, change.value / abs(last)) if last else 0.0,
        evidence=(
            f"{shown_epoch(pair.last, case.fit)} less epoch {pair.best + 1}, on the same "
            f"{count(change.n)} rows: {signed(change.value, d)} ({signed(change.low, d)} to "
            f"{signed(change.high, d)})",
            "no callback that is known here keeps or restores the best weights",
        ),
        help="EarlyStopping(restore_best_weights=True) or ModelCheckpoint(save_best_only=True)",
        remedies=("keep-best-epoch",),
        explains=COLLAPSE if _collapsed(case) else (),
    )


def _collapsed(case: Case) -> bool:
    """Whether training itself was lost again: what is wrong with the last weights is of late."""
    losses = list(case.history("loss").values())
    return len(losses) > 1 and losses[-1] >= TWICE * min(losses) > 0
