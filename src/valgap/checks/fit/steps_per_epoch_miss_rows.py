"""FIT104: epochs of so few steps that rows are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.outcome import outcome
from valgap.evidence.records import DataRecord, EpochRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, percent, plural

# A last batch that is not full, and a little more, is left out by every rounding down.
SLACK = 0.05


def _left_out() -> Case:
    return _case(32)


def _whole() -> Case:
    return _case(1408)


def _case(rows: int) -> Case:
    epochs = tuple(
        EpochRecord(i, {"loss": 1.0 - i / 20, "val_loss": 1.1 - i / 20}, 1.0, rows)
        for i in range(12)
    )
    return example_case(
        changes={
            "epochs": epochs,
            "train": DataRecord("train", "arrays", 1408, 32, rows // 32, shuffled=True),
            "arguments": {"steps_per_epoch": str(rows // 32)},
        }
    )


@check(
    code="FIT104",
    name="steps-per-epoch-miss-rows",
    family="FIT",
    severity="error",
    fires_on=_left_out,
    silent_on=_whole,
)
def steps_per_epoch_miss_rows(case: Case) -> Iterable[Finding]:
    """Epochs have so few steps that rows of training are left out.

    What it looks for: the rows that went through the loss, an epoch and over the whole fit,
    against the rows that there are. What one epoch leaves out the next goes on with, so that
    rows are never seen only where all epochs together are shorter than the data; else it is
    harmless, and an epoch is merely a part of one.

    Why it matters: rows that are never seen teach nothing; where rows stand in the order of
    their classes, whole classes are missing.

    What to do: leave `steps_per_epoch` out, or set it to the rows divided by the batch size,
    rounded up.

    References: Keras documentation, `Model.fit`, steps_per_epoch.
    """
    seen = _seen(case)
    if seen is None or seen.an_epoch >= (1 - SLACK) * seen.rows:
        return
    if seen.rows - seen.an_epoch <= seen.batch:
        return
    if seen.never > SLACK * seen.rows and seen.never > seen.batch:
        yield _never_seen(case, seen)
    else:
        yield _in_parts(case, seen)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Rows there are, rows that an epoch and the whole fit saw, and rows of a batch."""

    rows: int
    an_epoch: int
    in_all: int
    batch: int

    @property
    def never(self) -> int:
        return max(0, self.rows - self.in_all)


def _seen(case: Case) -> _Seen | None:
    data, by_epoch = case.fit.train, []
    for epoch in case.fit.epochs:
        rows = epoch.rows_train or _by_steps(case)
        if rows is None:
            return None
        by_epoch.append(rows)
    if not data.rows or data.rows <= 0 or not by_epoch:
        return None
    return _Seen(data.rows, max(by_epoch), sum(by_epoch), data.batch_size or 0)


def _by_steps(case: Case) -> int | None:
    """Rows of an epoch where the backend did not count them."""
    data = case.fit.train
    return data.steps * data.batch_size if data.steps and data.batch_size else None


def _never_seen(case: Case, seen: _Seen) -> Finding:
    in_order = case.fit.train.shuffled is False and any(t.sorted_by_class for t in case.targets())
    does_well = outcome(case).is_good
    return steps_per_epoch_miss_rows.finding(
        case,
        severity="note" if does_well else "error" if in_order else "warning",
        status="harmless" if does_well else "confirmed",
        message=f"{count(seen.never)} of {count(seen.rows)} training rows are never seen",
        observed=Observed(seen.never / seen.rows, "share of training rows never seen", n=seen.rows),
        expected=Expected("<=", SLACK, "what rounding down leaves out"),
        size=seen.never / seen.rows,
        scope=Scope(rows=seen.never),
        evidence=(
            *_lines(case, seen),
            *(["the rows stand sorted by class, so whole classes are missing"] if in_order else []),
            *(["the fit does well all the same"] if does_well else []),
        ),
        help="leave steps_per_epoch out: an epoch is then all rows",
        remedies=("all-rows-each-epoch",),
        explains=() if does_well else ("CUR102", "EVL107", "FIT103"),
    )


def _in_parts(case: Case, seen: _Seen) -> Finding:
    share = seen.an_epoch / seen.rows
    return steps_per_epoch_miss_rows.finding(
        case,
        severity="note",
        status="harmless",
        message=f"an epoch sees {count(seen.an_epoch)} of {count(seen.rows)} training rows",
        observed=Observed(share, "share of training rows an epoch", n=seen.rows),
        expected=Expected(">=", 1 - SLACK, "what rounding down leaves out"),
        evidence=(*_lines(case, seen), "the next epoch goes on with the rest: each row is seen"),
        help="count epochs by rows seen when fits are compared, or leave steps_per_epoch out",
        remedies=("all-rows-each-epoch",),
    )


def _lines(case: Case, seen: _Seen) -> list[str]:
    data: DataRecord = case.fit.train
    return [
        f"an epoch sees {count(seen.an_epoch)} of {count(seen.rows)} rows "
        f"({percent(seen.an_epoch / seen.rows)}) by batches of "
        f"{count(data.batch_size)}",
        f"{plural(len(case.fit.epochs), 'epoch')} together see {count(seen.in_all)} rows",
    ]
