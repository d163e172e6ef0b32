"""CUR107: the validation figure is better than the training figure, and which row makes it so."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite, gap
from valgap.checks.curve_trends import start_of
from valgap.checks.example_case import example_case
from valgap.checks.measures import largest
from valgap.evidence.account import ROW_NAMES, Account, Row
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, percent, places, signed

# A network with dropout logs .35 and .30, a sixth apart, and nobody asks why; a fifth is asked.
OF_THE_LOSS = 0.2
# Losses near 0 differ by large shares of nothing: a twentieth of what the curve began with.
OF_THE_START = 0.05
STANDARD_ERRORS = 2
# Not one lucky epoch: all of the last third.
_LAST = 3

_LOSS = (1.6, 1.4, 1.25, 1.15, 1.08, 1.03, 1.0, 0.98, 0.96, 0.95, 0.94, 0.93)
_VAL_LOSS = (1.2, 1.0, 0.85, 0.75, 0.7, 0.66, 0.64, 0.62, 0.61, 0.6, 0.6, 0.59)


def _better() -> Case:
    return example_case(loss=_LOSS, val_loss=_VAL_LOSS, rows={"noise-layers": -0.4})


def _alike() -> Case:
    return example_case(loss=_LOSS, val_loss=[0.97 * v for v in _LOSS], rows={})


@check(
    code="CUR107",
    name="validation-better-than-training",
    family="CUR",
    severity="note",
    needs=("two-epochs", "loss-gap"),
    fires_on=_better,
    silent_on=_alike,
)
def validation_better_than_training(case: Case) -> Iterable[Finding]:
    """Validation loss is clearly below training loss, and which row of the ledger makes it so.

    What it looks for: a validation loss at least a fifth below the training loss in all of the
    last third of the epochs, by more than its sampling error; then the row of the gap ledger
    that lowers the figure most.

    Why it matters: most often training is made harder on purpose (dropout, augmentation,
    class weights, the mean over an epoch), and all is well. Where the generalisation row
    carries it, validation rows are easier than training rows, and the figure flatters.

    What to do: nothing where a training row of the ledger makes it; else look at how the
    split was made.

    References: Keras FAQ, "Why is my training loss much higher than my testing loss?".
    """
    account = case.account() or case.accounts()[-1]
    between = gap(account)
    if between is None or -between < _least(case, account) or not _lasts(case):
        return
    row = largest(account, [name for name in ROW_NAMES if _lowers(account, name)])
    yield _finding(case, account, -between, row)


def _least(case: Case, account: Account) -> float:
    """The smallest difference to be spoken of."""
    start = max(start_of(case, "loss"), start_of(case, "val_loss"))
    points = case.ledger.trace if case.ledger else ()
    errors = [p.standard_error for p in points if p.metric == "loss" and p.epoch == account.epoch]
    noise = STANDARD_ERRORS * max((e for e in errors if finite(e)), default=0.0)
    return max(OF_THE_LOSS * abs(account.train or 0.0), OF_THE_START * start, noise, 1e-12)


def _lasts(case: Case) -> bool:
    train, validation = case.history("loss"), case.history("val_loss")
    both = [epoch for epoch in train if epoch in validation]
    end = both[-max(1, len(both) // _LAST) :]
    return bool(end) and all(validation[epoch] < train[epoch] for epoch in end)


def _lowers(account: Account, name: str) -> bool:
    return any(row.row == name and finite(row.delta) and row.delta < 0 for row in account.rows)


def _finding(case: Case, account: Account, below: float, row: Row | None) -> Finding:
    share = below / abs(account.train) if account.train else 1.0
    made = f": {row.row} makes it so" if row else ""
    d = places([account.train])
    return validation_better_than_training.finding(
        case,
        status="confirmed",
        message=f"validation better than training by {percent(min(share, 9.99))}{made}",
        observed=Observed(below, "loss, training less validation"),
        expected=Expected("<", OF_THE_LOSS * abs(account.train or 0.0), "a fifth of the loss"),
        size=min(1.0, share),
        evidence=(
            f"loss {figure(account.train, d)}, val_loss {figure(account.validation, d)}",
            *_row_line(row, d),
        ),
        help=_help(row),
    )


def _row_line(row: Row | None, d: int) -> list[str]:
    if row is None:
        return []
    span = f" ({signed(row.low, d)} to {signed(row.high, d)}, {count(row.n)} rows)"
    return [f"{row.row} {signed(row.delta, d)}{span}"]


def _help(row: Row | None) -> str:
    if row is not None and row.row == "generalisation":
        return "validation rows are easier than training rows: look at how the split was made"
    return "nothing to mend; compare with training rows in inference mode"
