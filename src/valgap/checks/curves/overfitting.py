"""CUR101: the generalisation row carries the gap, and grows."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from valgap.case import Case, finite, gap, measured, unmixed
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS, is_score
from valgap.evidence.account import Account, Row, RowName
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, percent, places, signed

# Every good run scores a little worse on new rows, and a loss near 0 doubles on a few of
# them: 5 points of a score is what a treatment can be felt to win. Where no score is logged,
# or validation loss has climbed well above its best, half of the loss stands in for it.
OF_THE_LOSS = 0.5
# Above this the gap is what other rows leave of it, and a share of that tells nothing.
MOST_SHARE = 1.5
OF_A_SCORE = 0.05
CLIMBED = 0.25
# The half that a cause must make up: DESIGN section 6.
HALF = 0.5
RIVALS: tuple[RowName, ...] = ("batch-statistics", "validation-pipeline")

_LOSS = (1.02, 0.70, 0.5, 0.36, 0.26, 0.19, 0.14, 0.10, 0.075, 0.055, 0.04, 0.03)
_VAL_LOSS = (0.9, 0.74, 0.62, 0.56, 0.54, 0.56, 0.6, 0.64, 0.69, 0.74, 0.79, 0.84)
_LAG = (0.0, 0.1, 0.2, 0.28, 0.34, 0.42, 0.5, 0.55, 0.62, 0.68, 0.74, 0.80)


def _overfitted() -> Case:
    return example_case(loss=_LOSS, val_loss=_VAL_LOSS, rows={"noise-layers": -0.01})


def _gap_of_another_row() -> Case:
    return example_case(loss=_LOSS, val_loss=_VAL_LOSS, rows={"batch-statistics": _LAG})


@check(
    code="CUR101",
    name="overfitting",
    family="CUR",
    severity="warning",
    needs=("validation", "two-epochs", "generalisation"),
    fires_on=_overfitted,
    silent_on=_gap_of_another_row,
)
def overfitting(case: Case) -> Iterable[Finding]:
    """New rows score much worse than training rows, like for like, and ever more so.

    What it looks for: the generalisation row of the gap ledger, both sides clean and in
    inference mode: clear of zero, at least half of the gap, large, and growing. It is not
    said where batch statistics or the validation pipeline carry more of the gap.

    Why it matters: the model learns what holds for its training rows only. It is a state,
    not a cause: too few rows, too much capacity, rows that go together, wrong labels.

    What to do: keep the best epoch, add rows or augmentation that keeps the labels true,
    then weight decay, dropout and a smaller model; measure each in pairs.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 5.2.
    """
    account = case.account()
    row = unmixed(account, "generalisation") if account else None
    if account is None or row is None or row.delta is None:
        return
    between = gap(account)
    if between is None or between <= 0 or not finite(row.low) or row.low <= 0:
        return
    if row.delta < HALF * between or _another_explains_it(account, row):
        return
    if _is_large(case, account, row) and _grows(case, account):
        yield _finding(case, account, row)


def _another_explains_it(account: Account, row: Row) -> bool:
    rivals = [measured(account, name) for name in RIVALS]
    return any(rival and abs(rival.delta or 0.0) > (row.delta or 0.0) for rival in rivals)


def _is_large(case: Case, account: Account, row: Row) -> bool:
    scores = [a for a in case.beside(account) if is_score(case, a.metric, a.train, a.validation)]
    if any(_loses_points(case, other) for other in scores):
        return True
    if scores and not _has_climbed(case):
        return False
    level = abs(account.validation or 0.0)
    is_clear = finite(row.low) and row.low > DELTA_OF_LOSS * level
    return is_clear and (row.delta or 0.0) >= OF_THE_LOSS * level


def _has_climbed(case: Case) -> bool:
    """Tells a last epoch whose validation loss is well above the best, beyond its interval."""
    pair, history = case.epoch_pair(), case.history("val_loss")
    if pair is None or not finite(pair.change.low) or pair.best not in history:
        return False
    return pair.change.low > CLIMBED * abs(history[pair.best])


def _loses_points(case: Case, account: Account) -> bool:
    row = unmixed(account, "generalisation")
    if row is None or not is_score(case, account.metric, account.train, account.validation):
        return False
    return (row.delta or 0.0) <= -OF_A_SCORE and finite(row.high) and row.high < 0


def _grows(case: Case, account: Account) -> bool:
    """Tells a row that grew since the first third, or a last epoch worse than the best."""
    pair = case.epoch_pair()
    if pair is not None and finite(pair.change.low) and pair.change.low > 0:
        return True
    values = list(case.trace("generalisation").values())
    third = len(values) // 3
    if third == 0:
        return False
    growth = statistics.median(values[-third:]) - statistics.median(values[:third])
    return growth > DELTA_OF_LOSS * abs(account.validation or 0.0)


def _finding(case: Case, account: Account, row: Row) -> Finding:
    between, d = gap(account) or 0.0, places([account.validation])
    share = (row.delta or 0.0) / between
    carried = (
        f"generalisation carries {percent(share)} of the gap of {figure(between)} in val_loss"
        # Other rows hide a part of it: a share of what is left would be a number without meaning.
        if 0 <= share <= MOST_SHARE
        else f"generalisation {signed(row.delta, d)} in a gap of {signed(between, d)} in val_loss"
    )
    return overfitting.finding(
        case,
        status="confirmed",
        message=f"overfitting: {carried}",
        observed=Observed(row.delta, "val_loss", row.low, row.high, row.n),
        expected=Expected(
            "<", OF_THE_LOSS * abs(account.validation or 0.0), "half of the validation loss"
        ),
        size=(row.delta or 0.0) / max(abs(account.validation or 0.0), 1e-12),
        evidence=(
            f"clean training rows {figure(row.before)}, new rows {figure(row.after)} "
            f"({signed(row.delta, d)}, {signed(row.low, d)} to {signed(row.high, d)}, "
            f"{count(row.n)} rows)",
            *_metric_lines(case, account),
        ),
        help="keep the best epoch; then more rows, augmentation, weight decay, measured in pairs",
    )


def _metric_lines(case: Case, account: Account) -> list[str]:
    found = {other.metric: measured(other, "generalisation") for other in case.beside(account)}
    return [
        f"{metric}: {figure(row.before)} on training rows, {figure(row.after)} on new ones"
        for metric, row in found.items()
        if row is not None
    ]
