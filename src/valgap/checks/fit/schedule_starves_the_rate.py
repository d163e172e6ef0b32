"""FIT118: a schedule that takes the rate away while there is still something to learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.step_tests import FAR_AT_END, rate_text, step_test
from valgap.checks.training_course import UNTRAINED, course
from valgap.checks.trouble import falls_short, loss_was_lost
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure, percent

# A hundredth of the rate moves weights in all the epochs left as far as the full rate does in
# one of a hundred. Schedules that anneal spend their last tenth there; a quarter is another matter.
STARVED = 0.01
FOR_A_QUARTER = 0.25
# Without a step test only a thousandth of the rate is taken for starved.
SURELY_STARVED = 0.001
# At a tenth of its rate and more a fit still learns as it did.
WELL_FED = 0.1 * (1 - 1e-6)
ROUNDING = 1e-6
SETTLES = "what settles it: pairs of fits with this schedule and at a constant rate"

_LOSS = (2.30, 1.85, 1.52, 1.505, 1.50, 1.50, 1.50, 1.50, 1.50, 1.50, 1.50, 1.50)


def _starved() -> Case:
    return _case([1e-3 * 0.1**i for i in range(12)])


def _annealed() -> Case:
    return _case([1e-3 * (1 - i / 12) for i in range(12)])


def _case(rates: list[float]) -> Case:
    return example_case(
        loss=_LOSS,
        val_loss=[v + 0.02 for v in _LOSS],
        rows={},
        learning_rates=rates,
        measured_rows={"references": references(0.85, 0.5, classes=10)},
        measured_model={"predictions": classified(0.52, 0.5, classes=10)},
    )


@check(
    code="FIT118",
    name="schedule-starves-the-rate",
    family="FIT",
    severity="warning",
    needs=("predictions",),
    fires_on=_starved,
    silent_on=_annealed,
)
def schedule_starves_the_rate(case: Case) -> Iterable[Finding]:
    """The rate was taken away while there was still something to learn.

    What it looks for: a rate below a thousandth of its highest for the last quarter of the
    epochs and more; a loss that fell while the rate was high and has stood still since;
    training rows that are not learned. Where single steps from the last weights show that one
    thirty times larger does far better, a hundredth of the rate is enough.

    Why it matters: the curves go flat together, as if the model were at its end. More epochs,
    more units and less regularisation change nothing, for no step moves a weight.

    What to do: a slower schedule, counted in steps of this fit; a floor (`min_lr`, `alpha`);
    cosine decay over all epochs.

    References: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts,
    2017; Keras documentation, learning rate schedules and ReduceLROnPlateau.
    """
    if loss_was_lost(case) or not falls_short(case):
        return
    told = _starved_epochs(case)
    if told is not None and _fell_until(case, told) and _stands_still_since(case, told):
        yield _finding(case, told)


@dataclass(frozen=True, slots=True)
class _Starved:
    """The first epoch, the first one of too low a rate, how many there are, and the rates.

    `until` is the first epoch below a tenth of the highest rate.
    """

    first: int
    since: int
    until: int
    epochs: int
    of: int
    least: float
    highest: float
    last: float

    @property
    def share(self) -> float:
        return self.epochs / self.of


def _starved_epochs(case: Case) -> _Starved | None:
    rates = {e.epoch: e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)}
    highest = max(rates.values(), default=0.0)
    if highest <= 0:
        return None
    end = step_test(case, "end")
    least = STARVED if end and end.wants_larger(FAR_AT_END) else SURELY_STARVED
    late = 0
    for rate in reversed(rates.values()):
        if rate > least * highest * (1 + ROUNDING):
            break
        late += 1
    if late < max(2.0, FOR_A_QUARTER * len(rates)) or late == len(rates):
        return None
    epochs = list(rates)
    peak = max(epochs, key=lambda e: rates[e])
    until = next(e for e, rate in rates.items() if e > peak and rate < WELL_FED * highest)
    return _Starved(
        epochs[0], epochs[-late], until, late, len(rates), least, highest, rates[epochs[-1]]
    )


def _fell_until(case: Case, told: _Starved) -> bool:
    """Whether the loss still fell at the end of the epochs at a tenth of the rate and more."""
    if told.until - told.first <= 1:  # taken away within an epoch: there was no time to learn
        return True
    before = course(case, range(told.until))
    if before is not None:
        return before.still_falls
    losses = [v for epoch, v in case.history("loss").items() if epoch < told.until]
    return len(losses) > 1 and losses[-2] - losses[-1] > DELTA_OF_LOSS * abs(losses[-1])


def _stands_still_since(case: Case, told: _Starved) -> bool:
    since = [v for epoch, v in case.history("loss").items() if epoch >= told.since]
    return len(since) > 1 and since[0] - since[-1] <= DELTA_OF_LOSS * abs(since[-1])


def _finding(case: Case, told: _Starved) -> Finding:
    end = step_test(case, "end")
    wants_larger = end is not None and end.wants_larger(FAR_AT_END)
    status: Status = "confirmed" if wants_larger else "suspected"
    losses = case.history("loss")
    at, last = losses.get(told.since), losses[max(losses)]
    return schedule_starves_the_rate.finding(
        case,
        status=status,
        message=f"rate starved: {rate_text(told.highest)} to {rate_text(told.last)}, too low in "
        f"{percent(told.share)} of epochs",
        observed=Observed(told.share, f"share of epochs below {told.least:g} of the highest rate"),
        expected=Expected("<", FOR_A_QUARTER, "schedules that anneal spend a tenth there"),
        size=lost_skill(case),
        evidence=(
            f"rate {rate_text(told.highest)} at its highest, below {told.least:g} of it from epoch "
            f"{count(told.since + 1)} on ({count(told.epochs)} of {count(told.of)} epochs), "
            f"{rate_text(told.last)} at the end",
            f"training loss {figure(at)} at epoch {count(told.since + 1)}, {figure(last)} at "
            "the end",
            *([end.line] if end else []),
            *skill_lines(case),
            *([SETTLES] if status == "suspected" else []),
        ),
        help="a slower schedule, or a floor for the rate",
        remedies=("slower-schedule",),
        explains=(*UNTRAINED, "FIT103"),
    )
