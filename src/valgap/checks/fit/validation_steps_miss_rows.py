"""FIT105: validation of so few steps that rows, or whole classes, are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite, measured
from valgap.checks.counterfactual import change_of, experiment
from valgap.checks.example_case import example_case
from valgap.checks.measures import lies_beyond, lies_inside, smallest_that_matters
from valgap.evidence.account import Row
from valgap.evidence.records import DataRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, percent, places, signed

# As for training: a last batch that is not full, and a little more.
SLACK = 0.05
# Where the figure on all rows is not known, half of them can still be trusted to be like it.
MOST = 0.5


def _first_class_only() -> Case:
    return _case(50)


def _all_rows() -> Case:
    return _case(100)


def _case(scored: int) -> Case:
    counts = {"0": 50, "1": 50}
    target = TargetRecord(
        "validation", "y", "classes", (), "int64", 100, counts=counts, runs=2, sorted_by_class=True
    )
    delta = -0.2 if scored < 100 else 0.0
    return example_case(
        rows={"validation-pipeline": delta},
        validation_rows=scored,
        measured_rows={"targets": (target,)},
        changes={"validation": DataRecord("validation", "ImageDataGenerator", 100, 10, 5)},
    )


@check(
    code="FIT105",
    name="validation-steps-miss-rows",
    family="FIT",
    severity="error",
    needs=("validation",),
    fires_on=_first_class_only,
    silent_on=_all_rows,
)
def validation_steps_miss_rows(case: Case) -> Iterable[Finding]:
    """Validation has so few steps that rows, or whole classes, are never scored.

    What it looks for: the rows that each validation scored against the rows that there are;
    the figure on all of them (the validation-pipeline row of the gap ledger); and, where
    they stand sorted by class, how many classes fit into those that are scored.

    Why it matters: a reader that does not shuffle gives the same first rows every epoch. In
    the order of folders these are the first classes alone: a figure of something else.

    What to do: leave `validation_steps` out, or set it to the rows divided by the batch
    size, rounded up.

    References: Keras documentation, `Model.fit`, validation_steps.
    """
    scored = _scored(case)
    if scored is not None:
        yield _finding(case, scored)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Rows there are, rows scored, the classes these can hold at most, and the ledger row.

    `held` and `classes` are 0 where rows are not sorted by class.
    """

    rows: int
    scored: int
    held: int
    classes: int
    row: Row | None

    @property
    def misses_classes(self) -> bool:
        return 0 < self.held < self.classes


def _scored(case: Case) -> _Scored | None:
    data = case.fit.validation
    counted = [e.rows_validation for e in case.fit.epochs if e.rows_validation]
    scored = max(counted, default=_by_steps(data))
    if data is None or not data.rows or data.rows <= 0 or not scored:
        return None
    missed = data.rows - scored
    if missed <= SLACK * data.rows or missed <= (data.batch_size or 0) // 2:
        return None
    held, classes = _classes_held(case, data, scored)
    account = case.account()
    row = measured(account, "validation-pipeline") if account else None
    return _Scored(data.rows, scored, held, classes, row)


def _by_steps(data: DataRecord | None) -> int | None:
    """Rows scored where the backend did not count them."""
    if data is None or not data.steps or not data.batch_size:
        return None
    return data.steps * data.batch_size


def _classes_held(case: Case, data: DataRecord, scored: int) -> tuple[int, int]:
    """The most classes that the first rows of a sorted set can hold, of how many."""
    target = next((t for t in case.targets("validation") if t.sorted_by_class), None)
    if target is None or data.shuffled:
        return 0, 0
    by_class = _scaled(target.counts, data.rows or target.rows)
    held, filled = 0, 0.0
    for rows in sorted(by_class):
        if filled >= scored:
            break
        held, filled = held + 1, filled + rows
    return held, len(by_class)


def _scaled(counts: Mapping[str, int], rows: int) -> list[float]:
    """Rows by class of the whole split, where only a sample of it was read."""
    read = sum(counts.values())
    return [n * rows / read for n in counts.values() if n > 0] if read else []


def _finding(case: Case, told: _Scored) -> Finding:
    status = _status(case, told)
    share = told.scored / told.rows
    classes = f" ({told.held} of {told.classes} classes)" if told.misses_classes else ""
    return validation_steps_miss_rows.finding(
        case,
        severity=_severity(told, status),
        status=status,
        message=f"validation scores {count(told.scored)} of {count(told.rows)} rows{classes}",
        observed=Observed(share, "share of validation rows scored", n=told.rows),
        expected=Expected(">=", 1 - SLACK, "what rounding down leaves out"),
        size=1 - share,
        scope=Scope(rows=told.rows - told.scored),
        experiment=_experiment(case),
        evidence=tuple(_lines(case, told)),
        help="leave validation_steps out: all rows are scored then",
        remedies=("all-validation-rows",),
        explains=()
        if status == "harmless"
        else ("CUR103", "CUR105", "CUR107", "EVL101", "EVL102", "EVL107"),
    )


def _status(case: Case, told: _Scored) -> Status:
    """By the figure on all rows; that whole classes are missing needs no figure."""
    if told.misses_classes:
        return "confirmed"
    if told.row is None or _is_mixed(case):
        return "suspected"
    delta = smallest_that_matters(case, "loss", told.row.before or 0.0)
    if lies_beyond(told.row.low, told.row.high, delta):
        return "confirmed"
    is_small = lies_inside(told.row.low, told.row.high, delta) or not told.row.delta
    return "harmless" if is_small else "inconclusive"


def _is_mixed(case: Case) -> bool:
    """Whether the row holds random transforms too: EVL103."""
    data = case.fit.validation
    return data is not None and data.transforms in ("known", "opaque")


def _experiment(case: Case) -> Experiment | None:
    if _is_mixed(case):
        return None
    return experiment(
        change_of(case.account(), "validation-pipeline"),
        name="all-rows-scored",
        varied="rows: those that the script scores or all, in val_loss",
        held="weights",
    )


def _severity(told: _Scored, status: Status) -> Severity:
    if told.misses_classes:
        return "error"
    is_most = status == "suspected" and told.scored < MOST * told.rows
    return "warning" if status == "confirmed" or is_most else "note"


def _lines(case: Case, told: _Scored) -> list[str]:
    data = case.fit.validation
    lines = [
        f"each validation scored {count(told.scored)} of {count(told.rows)} rows "
        f"({percent(told.scored / told.rows)})"
    ]
    if data is not None and data.steps:
        lines.append(f"{count(data.steps)} steps of {count(data.batch_size)} rows")
    if told.misses_classes:
        lines.append(
            f"the rows stand sorted by class: the first {count(told.scored)} hold "
            f"{told.held} of {told.classes} classes at most"
        )
    row = told.row
    if row is not None and finite(row.before) and finite(row.after):
        d = places([row.before, row.after])
        lines.append(
            f"val_loss on all rows {figure(row.before, d)}, as the script scores it "
            f"{figure(row.after, d)} ({signed(row.delta, d)})"
        )
    return lines
