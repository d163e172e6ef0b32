"""EVL110: the splits are not of the sizes that the script states."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, percent

# A share is stated in whole points.
POINT = 0.01


def _split(validation_rows: int) -> Case:
    return example_case(
        train_rows=6780,
        validation_rows=validation_rows,
        changes={"arguments": {"validation_split": "0.2"}},
    )


def _less_than_stated() -> Case:
    return _split(1484)


def _as_stated() -> Case:
    return _split(1695)


@check(
    code="EVL110",
    name="split-sizes-differ-from-stated",
    family="EVL",
    severity="note",
    needs=("validation",),
    fires_on=_less_than_stated,
    silent_on=_as_stated,
)
def split_sizes_differ_from_stated(case: Case) -> Iterable[Finding]:
    """Validation holds another share of the rows than `validation_split` says.

    What it looks for: rows counted in both splits against the share that `fit` was given as
    `validation_split`, off by a point and by more than one row.

    Why it matters: Keras leaves `validation_split` aside where `validation_data` is given. The
    share that is written down is then not the one that was used, rows may be missing from both
    splits, and the interval of the score is another one.

    What to do: leave out the argument that has no effect, and write down the rows counted here.

    References: Keras documentation, Model training APIs, `fit`, validation_split and
    validation_data.
    """
    data, stated = case.fit.validation, _stated(case)
    rows = case.fit.train.rows
    if data is None or data.rows is None or rows is None or stated is None:
        return
    total = rows + data.rows
    if rows <= 0 or data.rows <= 0:
        return
    off = abs(data.rows - stated * total)
    if off > 1 and off > POINT * total:
        yield _finding(case, stated, rows, data.rows)


def _stated(case: Case) -> float | None:
    try:
        share = float(case.fit.arguments.get("validation_split", ""))
    except ValueError:
        return None
    return share if finite(share) and 0 < share < 1 else None


def _finding(case: Case, stated: float, train: int, validation: int) -> Finding:
    share = validation / (train + validation)
    return split_sizes_differ_from_stated.finding(
        case,
        status="confirmed",
        message=f"validation holds {percent(share)} of the rows, validation_split says "
        f"{percent(stated)}",
        observed=Observed(share, "share of rows", n=train + validation),
        expected=Expected("==", stated, "validation_split as given to fit"),
        evidence=(
            f"{count(train)} training and {count(validation)} validation rows counted",
            "Keras leaves validation_split aside where validation_data is given",
        ),
        help="leave out validation_split, and write down the rows counted here",
    )
