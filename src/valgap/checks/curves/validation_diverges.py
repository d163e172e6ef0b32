"""CUR105: validation loss rises while training loss falls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.curve_trends import ENOUGH_POINTS, RARE, SEEN, Trend, start_of, trend
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, places, plural, signed

# A quarter above the best: what CUR101 calls climbed.
CLIMBED = 0.25
# A loss that came down from .7 to .004 and ends at .006 has settled: a rise gives back a tenth
# of what the curve began with.
OF_THE_START = 0.1
STANDARD_ERRORS = 2
# Settings of callbacks that keep or bring back the best weights.
KEEPERS = ("restore_best_weights", "save_best_only")

_LOSS = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)
_RISING = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)
_RESTING = (0.9, 0.74, 0.62, 0.56, 0.54, 0.55, 0.56, 0.54, 0.57, 0.56, 0.55, 0.57)


def _rising() -> Case:
    return example_case(loss=_LOSS, val_loss=_RISING, rows={})


def _resting() -> Case:
    return example_case(loss=_LOSS, val_loss=_RESTING, rows={})


@dataclass(frozen=True, slots=True)
class Rise:
    """The two curves since the best epoch of validation."""

    best: int
    lowest: float
    validation: Trend
    training: Trend

    @property
    def size(self) -> float:
        """How far the line through validation has climbed above the best epoch."""
        return self.validation.last - self.lowest


@check(
    code="CUR105",
    name="validation-diverges",
    family="CUR",
    severity="warning",
    needs=("validation", "six-epochs"),
    fires_on=_rising,
    silent_on=_resting,
)
def validation_diverges(case: Case) -> Iterable[Finding]:
    """Validation loss rises steadily since its best epoch while training loss falls.

    What it looks for: a rise of validation loss over the epochs after the best that chance
    gives in fewer than 1 of 100 curves (Mann and Kendall), by a quarter of the best loss and
    a tenth of the first, beyond the sampling error; and a training loss that falls
    meanwhile. It is a note where the best weights are kept, or the scores are good all the
    same.

    Why it matters: what is still learned after that epoch makes predictions of new rows
    worse, or only surer than they should be. It is a state, not a cause: overfitting,
    statistics of batch normalisation that drift, overconfidence.

    What to do: keep the best epoch, and see the finding that explains the rise.

    References: Mann, Nonparametric Tests Against Trend, 1945; Sen, Estimates of the
    Regression Coefficient Based on Kendall's Tau, 1968; Prechelt, Early Stopping - But
    When?, 1998.
    """
    rise = _rise(case)
    if rise is not None and _is_large(case, rise):
        yield _finding(case, rise)


def _rise(case: Case) -> Rise | None:
    history, training = case.history("val_loss"), case.history("loss")
    best = min(history, key=lambda epoch: history[epoch], default=None)
    if best is None:
        return None
    # The best epoch itself is left out: it was chosen for being low.
    after = [epoch for epoch in history if epoch > best and epoch in training]
    lines = [trend([curve[epoch] for epoch in after]) for curve in (history, training)]
    rising, falling = lines
    if rising is None or falling is None or rising.points < ENOUGH_POINTS:
        return None
    least = DELTA_OF_LOSS * abs(falling.first)
    parts = -falling.change > least and falling.falls < SEEN and rising.rises < RARE
    return Rise(best, history[best], rising, falling) if parts else None


def _is_large(case: Case, rise: Rise) -> bool:
    enough = max(CLIMBED * abs(rise.lowest), OF_THE_START * start_of(case, "val_loss"))
    points = case.ledger.trace if case.ledger else ()
    errors = [p.standard_error for p in points if p.metric == "loss" and p.epoch > rise.best]
    known = [e for e in errors if finite(e)]
    noise = STANDARD_ERRORS * max(known, default=0.0)
    pair = case.epoch_pair()
    if pair is not None and pair.best == rise.best and finite(pair.change.low):
        # Paired over the rows, which is sharper than the error of one figure.
        return rise.size >= enough and pair.change.low > 0
    return rise.size >= max(enough, noise)


def _is_kept(case: Case) -> bool:
    """Whether a callback keeps the best weights, so that what came after is not used."""
    settings = [callback.settings for callback in case.fit.callbacks]
    return any(told.get(name) for told in settings for name in KEEPERS)


def _finding(case: Case, rise: Rise) -> Finding:
    d = places([rise.validation.last, rise.lowest])
    climbed = rise.size / abs(rise.lowest) if rise.lowest else 1.0
    return validation_diverges.finding(
        case,
        severity="note" if _is_kept(case) or outcome(case).is_good else "warning",
        status="confirmed",
        message=(
            f"val_loss rises from {figure(rise.lowest, d)} to {figure(rise.validation.last, d)} "
            f"since epoch {rise.best + 1}, loss falls"
        ),
        observed=Observed(rise.size, "val_loss"),
        expected=Expected(
            "<", CLIMBED * abs(rise.lowest), "a quarter of the best val_loss, and a trend"
        ),
        size=min(1.0, climbed),
        evidence=(
            f"val_loss {signed(rise.validation.change, d)} over "
            f"{plural(rise.validation.points, 'epoch')}; by chance in {rise.validation.rises:.2g} "
            "of curves without a trend",
            f"loss meanwhile {figure(rise.training.first)} to {figure(rise.training.last)}",
        ),
        help="keep the best epoch; see what explains the rise",
    )
