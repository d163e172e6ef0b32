"""DAT305: NaN or infinity in inputs or targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING, falls_short, loss_was_lost
from valgap.evidence.rows import InputRecord, TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, plural

Record: TypeAlias = InputRecord | TargetRecord
_LONGEST = 16


def _table(non_finite: int, loss: float) -> Case:
    given = InputRecord(
        "train", "x", "table", (8,), "float32", 1000, -3.0, 3.0, 0.0, 1.0, features=8,
        non_finite=non_finite, non_finite_rows=non_finite,
    )  # fmt: skip
    losses = (1.02, *(loss if non_finite else 1.0 - 0.05 * i for i in range(11)))
    return example_case(loss=losses, val_loss=losses, measured_rows={"inputs": (given,)})


def _with_gaps() -> Case:
    return _table(14, float("nan"))


def _whole() -> Case:
    return _table(0, 0.4)


@check(
    code="DAT305",
    name="non-finite-values",
    family="DAT",
    severity="error",
    needs=("inputs",),
    fires_on=_with_gaps,
    silent_on=_whole,
)
def non_finite_values(case: Case) -> Iterable[Finding]:
    """Inputs or targets hold NaN or infinity.

    What it looks for: numbers that are not finite in inputs and targets of both splits, and
    whether the loss was lost. Confirmed where the loss of the split that holds them became NaN
    or infinite; harmless where it never did and the fit does well, as with a model or a loss
    that leaves such values out on purpose.

    Why it matters: one NaN in one row makes the loss of its batch, the gradients and from then
    on all weights NaN. In validation alone it makes the figure NaN and stops every callback
    that watches it from working.

    What to do: count `np.isnan(x).sum()` by column where the rows are read; fill the gaps by
    training statistics with a flag beside them, or leave the rows out. Watch for divisions by
    a spread of 0 and logarithms of 0 on the way.

    References: Little and Rubin, Statistical Analysis with Missing Data, 2019; Keras
    documentation, TerminateOnNaN.
    """
    if case.rows is None:
        return
    records: tuple[Record, ...] = (*case.rows.inputs, *case.rows.targets)
    held = [record for record in records if record.non_finite > 0]
    if not held:
        return
    told = [(record, _status(case, record)) for record in held]
    worst = min(told, key=lambda pair: ("confirmed", "suspected", "harmless").index(pair[1]))
    yield _finding(case, *worst, held)


def _status(case: Case, record: Record) -> Status:
    metric = "loss" if record.split == "train" else "val_loss"
    if loss_was_lost(case, metric):
        return "confirmed"
    if outcome(case).is_good:
        return "harmless"
    return "suspected"


def _finding(
    case: Case,
    record: Record,
    status: Status,
    held: list[Record],
) -> Finding:
    return non_finite_values.finding(
        case,
        severity=_severity(case, status),
        status=status,
        message=f"{_part(record)} {record.name[:_LONGEST]}: {count(record.non_finite)} values are "
        f"no numbers",
        observed=Observed(
            float(record.non_finite), "values", n=record.non_finite_of or record.rows
        ),
        expected=Expected("==", 0.0, "a loss is finite on finite numbers alone"),
        size=1.0 if status == "confirmed" else 0.0,
        scope=Scope(rows=_rows(record)),
        evidence=(*map(_line, held), *_loss_line(case), _last_line(status)),
        help="fill the gaps by training statistics or leave the rows out, before the split",
        remedies=("fill-or-drop-non-finite",),
        explains=(*OF_LEARNING, "CUR103", "CUR105", "FIT112", "MOD116")
        if status == "confirmed"
        else (),
    )


def _severity(case: Case, status: Status) -> Severity:
    """A loss that stayed finite tells that something leaves the values out."""
    if status == "confirmed":
        return "error"
    is_felt = case.is_audit or falls_short(case)
    return "warning" if status == "suspected" and is_felt else "note"


def _part(record: Record) -> str:
    side = "input" if isinstance(record, InputRecord) else "target"
    return side if record.split == "train" else f"validation {side}"


def _rows(record: Record) -> int | None:
    return record.non_finite_rows if isinstance(record, InputRecord) else None


def _line(record: Record) -> str:
    rows = _rows(record)
    where = f" in {plural(rows, 'row')}" if rows is not None else ""
    return (
        f"{_part(record)} {record.name}: {count(record.non_finite)} NaN or infinite values"
        f"{where}, {count(record.non_finite_of or record.rows)} rows looked at"
    )


def _loss_line(case: Case) -> list[str]:
    logged = [(e.epoch, e.logs["loss"]) for e in case.fit.epochs if "loss" in e.logs]
    lost = next((epoch for epoch, value in logged if not finite(value)), None)
    return [] if lost is None else [f"the training loss was no number from epoch {lost + 1} on"]


def _last_line(status: Status) -> str:
    if status == "confirmed":
        return "the loss of the split that holds them became no number"
    if status == "harmless":
        return "the loss stayed finite and the fit does well: something leaves them out"
    return "what settles it: the same fit without the rows that hold them"
