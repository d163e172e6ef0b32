"""EVL104: the logged training figure cannot be compared with the validation figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite, gap, measured
from valgap.checks.counterfactual import in_training_mode
from valgap.checks.example_case import example_case
from valgap.checks.measures import (
    TRAINING_ROWS,
    VALIDATION_ROWS,
    largest,
    lies_beyond,
    lies_inside,
    total,
)
from valgap.evidence.account import Account, Row
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, places, signed

# What the logged pair must misstate: half of the larger figure. A good network with dropout
# logs .35 and .30 where it scores .25 and .30 like for like, a sixth of it.
LARGE = 0.5
# What training mode must put on top of validation: a quarter, five times the smallest difference
# that matters. Noise, transforms and averaging over the epoch make training look worse, so that
# no healthy network logs such a gap without one on new rows.
ADDED = 0.25
# Twice the smallest difference that matters (DESIGN section 6): a gap inside it is none.
NONE = 0.1
# What makes training figures worse by design; that validation then looks better misleads no one.
ON_PURPOSE = ("epoch-averaging", "augmentation", "noise-layers")
# A penalty stands in both figures: its two rows cancel, and are no part of either side.
MODE_ROWS = tuple(name for name in TRAINING_ROWS if name != "penalties-train")
CLEAN_ROWS = tuple(name for name in VALIDATION_ROWS if name != "penalties-validation")
# Training mode must account for this much of what is misstated: DESIGN section 6.
HALF = 0.5


def _hidden() -> Case:
    loss = (1.6, 1.4, 1.25, 1.15, 1.08, 1.03, 1.0, 0.98, 0.96, 0.95, 0.94, 0.93)
    val_loss = (1.5, 1.3, 1.15, 1.08, 1.02, 1.0, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93)
    return example_case(loss=loss, val_loss=val_loss, rows={"noise-layers": -0.65})


def _network_with_dropout() -> Case:
    loss = (1.1, 0.8, 0.65, 0.55, 0.5, 0.46, 0.43, 0.41, 0.39, 0.37, 0.36, 0.35)
    return example_case(loss=loss, rows={"noise-layers": -0.10})


@dataclass(frozen=True, slots=True)
class Pair:
    """The gap as logged, like for like, and what training mode makes of it."""

    account: Account
    logged: float
    clean: Row
    training: Row
    level: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """Penalties in the validation loss at an epoch, and as a share of the highest loss."""

    share: float
    epoch: int
    penalties: float
    loss: float


@check(
    code="EVL104",
    name="train-figure-is-not-comparable",
    family="EVL",
    severity="note",
    needs=("loss-gap",),
    fires_on=_hidden,
    silent_on=_network_with_dropout,
)
def train_figure_is_not_comparable(case: Case) -> Iterable[Finding]:
    """The logged pair of figures shows a gap, or none, that training mode makes.

    What it looks for: rows of the gap ledger between the logged training figure and the same
    rows in inference mode (epoch averaging, penalties, weights, augmentation, noise layers,
    batch statistics) that make most of a large gap, or hide most of one; and penalties of a
    tenth of the highest loss or more, in both.

    Why it matters: Keras logs the training figure while weights move and dropout is on, and
    the validation figure after, with dropout off. Where the difference between the modes is
    large, the two curves say nothing about new rows: a gap may be none, and none may be a
    large one. A penalty stands in both losses and shrinks or grows by itself: losses with it
    in them compare neither epochs nor models by what they predict.

    What to do: judge by training rows in inference mode, as the ledger gives them, or log
    them with `model.evaluate` on a part of the training rows; and by scores or losses without
    penalties.

    References: Keras FAQ, "Why is my training loss much higher than my testing loss?".
    """
    account = case.account() or case.accounts()[-1]
    pair = _pair(account)
    if pair is None:
        return
    if _hides_a_gap(pair) and not _misses_rows(account):
        told = (
            f"training mode hides a gap: logged {_s(pair.logged)}, like for like {_s(_clean(pair))}"
        )
        yield _finding(case, pair, told)
    elif _makes_a_gap(pair) and not _is_how_training_goes(pair):
        row = largest(account, MODE_ROWS)
        name = row.row if row else "training mode"
        yield _finding(case, pair, f"{name} makes the gap of {figure(pair.logged)}, not new rows")
    else:
        yield from _of_penalties(case, _weighed(case))


def _pair(account: Account) -> Pair | None:
    logged = gap(account)
    if logged is None or measured(account, "generalisation") is None:
        return None
    level = max(abs(account.train or 0.0), abs(account.validation or 0.0))
    clean, training = total(account, CLEAN_ROWS), total(account, MODE_ROWS)
    return Pair(account, logged, clean, training, level) if level > 0 else None


def _hides_a_gap(pair: Pair) -> bool:
    delta = NONE * pair.level
    is_clear = finite(pair.clean.low) and pair.clean.low > delta
    return (
        pair.logged < delta
        and _clean(pair) >= LARGE * pair.level
        and is_clear
        and abs(pair.training.delta or 0.0) >= HALF * _clean(pair)
    )


def _makes_a_gap(pair: Pair) -> bool:
    if _is_added(pair):
        return True
    delta = NONE * pair.level
    inside = lies_inside(pair.clean.low, pair.clean.high, delta)
    made = abs(pair.training.delta or 0.0)
    opposed = _clean(pair) * pair.logged < 0
    return (
        abs(pair.logged) >= LARGE * pair.level
        and (inside or opposed)
        and made >= HALF * abs(pair.logged)
        and lies_beyond(pair.training.low, pair.training.high, delta)
    )


def _is_added(pair: Pair) -> bool:
    """Whether a row of training mode alone puts half of the gap on top of validation."""
    row = largest(pair.account, MODE_ROWS)
    least = max(HALF * pair.logged, NONE * pair.level)
    is_clear = row is not None and finite(row.low) and row.low >= least
    return is_clear and pair.logged >= ADDED * pair.level and _clean(pair) <= HALF * pair.logged


def _is_how_training_goes(pair: Pair) -> bool:
    """Tells validation that looks better since training is made harder on purpose."""
    row = largest(pair.account, MODE_ROWS)
    return pair.logged < 0 and row is not None and row.row in ON_PURPOSE


def _misses_rows(account: Account) -> bool:
    """Tells an account whose generalisation row holds unmeasured rows of training mode."""
    before = [row.status for row in account.rows if row.row == TRAINING_ROWS[-1]]
    return before != ["measured"]


def _finding(case: Case, pair: Pair, message: str) -> Finding:
    rows = [row for n in MODE_ROWS if (row := measured(pair.account, n)) and row.delta]
    rows.sort(key=lambda row: -abs(row.delta or 0.0))
    d = places([pair.level])
    told = ", ".join(f"{row.row} {signed(row.delta, d)}" for row in rows)
    n = pair.training.n
    return train_figure_is_not_comparable.finding(
        case,
        status="confirmed",
        message=message,
        observed=Observed(pair.training.delta, "loss", pair.training.low, pair.training.high, n),
        expected=Expected("<=", LARGE * pair.level, "half of the larger of the two figures"),
        size=abs(pair.training.delta or 0.0) / pair.level,
        experiment=in_training_mode(pair.account, rows[0].row) if rows else None,
        evidence=(
            f"logged gap {signed(pair.logged, d)}, like for like {signed(_clean(pair), d)}",
            f"what the mode of training makes of it: {told}",
        ),
        help="compare validation with training rows in inference mode, as the ledger does",
    )


def _weighed(case: Case) -> list[Weighed]:
    """The penalties by epoch, against the highest loss: near the end any penalty is much of it."""
    highest = max((a.validation or 0.0 for a in case.accounts()), default=0.0)
    rows = ((a, measured(a, "penalties-validation")) for a in case.accounts())
    return [
        Weighed(row.delta / highest, a.epoch, row.delta, a.validation)
        for a, row in rows
        if row is not None and finite(row.delta) and finite(a.validation) and highest > 0
    ]


def _of_penalties(case: Case, weighed: list[Weighed]) -> Iterable[Finding]:
    most = max(weighed, key=lambda w: w.share, default=None)
    if most is None or most.share < NONE:
        return
    each = sorted(weighed, key=lambda w: w.epoch)
    told = (f"{figure(w.penalties)} of {figure(w.loss)} at epoch {w.epoch + 1}" for w in each)
    yield train_figure_is_not_comparable.finding(
        case,
        status="confirmed",
        message=f"penalties of {figure(most.penalties)} in both losses at epoch {most.epoch + 1}",
        observed=Observed(most.share, "penalties as a share of the highest val_loss"),
        expected=Expected("<", NONE, "twice the smallest difference that matters"),
        size=min(1.0, most.share),
        evidence=(f"penalties in val_loss: {', '.join(told)}",),
        help="compare epochs and models by scores, or by the loss without penalties",
    )


def _clean(pair: Pair) -> float:
    return pair.clean.delta or 0.0


def _s(value: float) -> str:
    return signed(value)
