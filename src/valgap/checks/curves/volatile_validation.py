"""CUR103: the validation figure jumps between epochs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import usual_change
from valgap.checks.outcome import outcome
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, percent, plural

# A running median over five epochs follows steps and slopes, and no single epoch (Tukey,
# Exploratory Data Analysis, 1977).
WINDOW = 5
# What counts as a jump: half of the usual loss, and more than chance among some 100 epochs
# gives at four standard errors.
OF_THE_MEDIAN = 0.5
STANDARD_ERRORS = 4
# Ripples at the bottom of a curve are none: a loss that fell from .69 to .01 and once shows
# .06 has settled. A jump gives back a seventh of what the curve began with.
OF_THE_START = 0.15
# The first epochs fall too fast to be judged.
FIRST_EPOCHS = 2
ENOUGH_JUMPS = 2
FACTOR_OF_ONE = 3.0


def _volatile() -> Case:
    val_loss = (1.1, 0.9, 0.6, 3.2, 0.55, 0.5, 2.9, 0.5, 4.1, 0.48, 0.47, 2.2)
    return example_case(val_loss=val_loss)


def _steady() -> Case:
    val_loss = (0.82, 0.60, 0.53, 0.41, 0.42, 0.35, 0.37, 0.33, 0.36, 0.32, 0.34, 0.32)
    return example_case(val_loss=val_loss, half_width=0.05)


@dataclass(frozen=True, slots=True)
class Jump:
    """One epoch whose figure stands apart from the running median."""

    epoch: int
    value: float
    usual: float

    @property
    def factor(self) -> float:
        """How many times the larger of the two is the smaller."""
        small, large = sorted((abs(self.value), abs(self.usual)))
        return large / small if small > 0 else float("inf")


@check(
    code="CUR103",
    name="volatile-validation",
    family="CUR",
    severity="warning",
    needs=("validation", "six-epochs"),
    fires_on=_volatile,
    silent_on=_steady,
)
def volatile_validation(case: Case) -> Iterable[Finding]:
    """Validation loss jumps between epochs by more than its sampling error explains.

    What it looks for: epochs after the second whose validation loss differs from the running
    median by half of the usual loss and by four standard errors, at least two of them or one
    by a factor of three; and the row of the gap ledger that moves with it.

    Why it matters: the epoch that is kept, and any comparison of two runs, is then a matter
    of luck. It is a state, not a cause.

    What to do: see the finding that explains it. If none does, lower the rate towards the
    end, and average the weights of the last epochs.

    References: Tukey, Exploratory Data Analysis, 1977 (running medians).
    """
    history = case.history("val_loss")
    found = jumps(history, _errors(case, history))
    largest = max(found, key=lambda jump: abs(jump.value - jump.usual), default=None)
    if largest and (len(found) >= ENOUGH_JUMPS or largest.factor >= FACTOR_OF_ONE):
        yield _finding(case, found, largest)


def jumps(history: Mapping[int, float], errors: Mapping[int, float]) -> list[Jump]:
    """Gives back the epochs that stand apart from the running median of the figure."""
    values = list(history.values())
    if not values:
        return []
    start = max(map(abs, values[:FIRST_EPOCHS]))
    least = max(OF_THE_MEDIAN * abs(statistics.median(values)), OF_THE_START * start)
    found = []
    for i, (epoch, value) in enumerate(history.items()):
        usual = statistics.median(values[max(0, i - WINDOW // 2) : i + WINDOW // 2 + 1])
        size = abs(value - usual)
        noise = STANDARD_ERRORS * errors.get(epoch, 0.0)
        if i >= FIRST_EPOCHS and size >= least and size > noise:
            found.append(Jump(epoch, value, usual))
    return found


def _errors(case: Case, history: Mapping[int, float]) -> dict[int, float]:
    """Standard errors by epoch; where none was measured, the usual change between epochs."""
    points = case.ledger.trace if case.ledger else ()
    known = {
        p.epoch: p.standard_error for p in points if p.metric == "loss" and finite(p.standard_error)
    }
    values = list(history.values())
    typical = statistics.median(known.values()) if known else usual_change(values)
    return {epoch: known.get(epoch, typical) for epoch in history}


def _finding(case: Case, found: list[Jump], largest: Jump) -> Finding:
    row, share = _carrier(case)
    carried = f", {percent(share)} from {row}" if row else ""
    span = f"{figure(largest.usual)} to {figure(largest.value)}"
    epochs = ", ".join(str(jump.epoch + 1) for jump in found[:12])
    return volatile_validation.finding(
        case,
        # A model that came out well by all that was measured was lucky at most in its course.
        severity="note" if outcome(case).is_good else "warning",
        status="confirmed",
        message=f"val_loss jumps: {span}{carried}",
        observed=Observed(abs(largest.value - largest.usual), "val_loss"),
        expected=Expected(
            "<",
            OF_THE_MEDIAN * abs(statistics.median(case.history("val_loss").values())),
            "half of the median val_loss, and four standard errors",
        ),
        size=min(1.0, abs(largest.value - largest.usual) / max(abs(largest.value), 1e-12)),
        evidence=(f"{plural(len(found), 'jump')}, at epoch {epochs}", *_share_line(row, share)),
        help="see what explains it; if nothing does, lower the rate towards the end",
    )


def _carrier(case: Case) -> tuple[str | None, float]:
    """The row that carries most of the movement, and its share."""
    shares = case.ledger.volatility.get("loss", {}) if case.ledger else {}
    told = {row: share for row, share in shares.items() if finite(share)}
    row = max(told, key=lambda name: told[name], default=None)
    return (row, told[row]) if row is not None and told[row] > 0 else (None, 0.0)


def _share_line(row: str | None, share: float) -> list[str]:
    return [f"{row} carries {percent(share)} of the variance over the epochs"] if row else []
