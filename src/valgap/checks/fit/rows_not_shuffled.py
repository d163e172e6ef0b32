"""FIT106: batches that come in the order of their classes."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite, measured
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING, falls_short
from valgap.evidence.account import Row
from valgap.evidence.records import DataRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure, places, signed

# False alarms of a whole run at 1 %, over some 90 checks: DESIGN section 6.
SURE = 4.0
# Runs of a class at least half a batch long make batches of few classes; shorter ones mix.
RUN_IN_BATCHES = 0.5
_ORDERED = ("classes", "one-hot", "numbers")


def _in_order() -> Case:
    return _case(shuffled=False, averaging=0.9, score=0.3)


def _shuffled() -> Case:
    return _case(shuffled=True, averaging=-0.02, score=0.8)


def _case(*, shuffled: bool, averaging: float, score: float) -> Case:
    counts = {str(i): 352 for i in range(4)}
    target = TargetRecord(
        "train", "y", "classes", (), "int64", 1408, counts=counts, runs=4, runs_expected=1057.0,
        runs_z=-65.0, sorted_by_class=True,
    )  # fmt: skip
    return example_case(
        rows={"epoch-averaging": averaging},
        val_loss=[(1.3 if averaging > 0 else 0.3) + 0.01 * (i % 3) for i in range(12)],
        measured_rows={"targets": (target,), "references": references(0.85, score, classes=4)},
        measured_model={"predictions": classified(score, score, classes=4)},
        changes={"train": DataRecord("train", "arrays", 1408, 64, 22, shuffled=shuffled)},
    )


@check(
    code="FIT106",
    name="rows-not-shuffled",
    family="FIT",
    severity="error",
    needs=("targets",),
    fires_on=_in_order,
    silent_on=_shuffled,
)
def rows_not_shuffled(case: Case) -> Iterable[Finding]:
    """Rows are not shuffled, and their order carries the class.

    What it looks for: training that does not shuffle, on rows whose classes (or targets above
    or below the median) come in runs as long as half a batch and more; and what it does: the
    weights at the end of an epoch score worse on all rows than the running mean of the epoch
    says, for each batch is learned and the one before it forgotten. Where that is not seen it is
    suspected of a fit that falls short, of numbers only where they stand sorted. It is harmless
    where the fit does well, and where rows that `shuffle=False` leaves as they are stand in no
    order.

    Why it matters: a batch of one class pulls the weights towards that class alone. Training
    figures look good, batch by batch, and the model knows the last class only.

    What to do: `shuffle=True` in `fit`, a `shuffle` of the data set over all its rows, or
    rows permuted once before the fit. Series are shuffled by window, not by step.

    References: Bengio, Practical Recommendations for Gradient-Based Training of Deep
    Architectures, 2012; Wald and Wolfowitz, On a test whether two samples are from the same
    population, 1940 (runs).
    """
    if case.fit.train.shuffled is not False or _is_stateful(case):
        return
    target = next((t for t in case.targets() if t.encoding in _ORDERED), None)
    if target is None or _run_length(case, target) is None:
        if target is not None and case.fit.arguments.get("shuffle") == "False":
            yield _of_no_order(case, target)
        return
    # Numbers in the order of time are alike without harm: what it does tells, or their whole sort.
    if target.encoding != "numbers" or _is_sorted(target) or _forgetting(case) is not None:
        yield from _judged(case, target)


def _is_sorted(target: TargetRecord) -> bool:
    """All numbers below the median stand before all above it, or behind them."""
    return target.runs == 2


def _is_stateful(case: Case) -> bool:
    """A stateful layer carries on from row to row, and wants them in order."""
    return bool(case.layers(lambda layer: layer.config.get("stateful") is True))


def _run_length(case: Case, target: TargetRecord) -> float | None:
    """The mean run of one class, where runs are long enough for batches to be of few classes."""
    batch, rows = case.fit.train.batch_size, case.fit.train.rows or target.rows
    # Numbers are told apart by whether they lie above their median.
    classes = [n for n in target.counts.values() if n > 0] or [1] * (target.distinct or 0)
    if not batch or batch * 2 > rows or len(classes) < 2:
        return None
    is_ordered = target.sorted_by_class or (finite(target.runs_z) and target.runs_z < -SURE)
    runs = target.runs or (len(classes) if target.sorted_by_class else None)
    if not is_ordered or not runs:
        return None
    length = rows / runs if target.sorted_by_class else target.rows / runs
    return length if length >= RUN_IN_BATCHES * batch else None


def _judged(case: Case, target: TargetRecord) -> Iterable[Finding]:
    row = _forgetting(case)
    fails = falls_short(case)
    if row is None and not fails and not outcome(case).is_good:
        return
    status: Status = "confirmed" if row else "suspected"
    if outcome(case).is_good and not fails:
        status = "harmless"
    length = _run_length(case, target) or 0.0
    batch = case.fit.train.batch_size or 1
    yield rows_not_shuffled.finding(
        case,
        severity="note" if status == "harmless" else "error" if fails else "warning",
        status=status,
        message=f"rows not shuffled: {_alike(target)} for {count(round(length))} rows on end, "
        f"batches of {count(batch)}",
        observed=Observed(length / batch, "mean run of one class, in batches", n=target.rows),
        expected=Expected("<", RUN_IN_BATCHES, "shorter runs are mixed within a batch"),
        size=0.0 if status == "harmless" else _size(row),
        evidence=(*_lines(target), *_row_line(row), *_last_line(status)),
        help="shuffle=True, or a shuffle over all rows of the data set",
        remedies=("shuffle-rows",),
        explains=() if status == "harmless" else (*OF_LEARNING, "CUR103", "EVL104"),
    )


def _of_no_order(case: Case, target: TargetRecord) -> Finding:
    return rows_not_shuffled.finding(
        case,
        severity="note",
        status="harmless",
        message="rows are never shuffled, and stand in no order of their targets",
        observed=Observed(target.runs_z, "runs against those of a random order", n=target.rows),
        expected=Expected(">=", -SURE, "runs of a random order; Wald and Wolfowitz, 1940"),
        evidence=("shuffle=False: each epoch takes the same batches, of mixed rows",),
        help="shuffle=True mixes the batches anew; it costs nothing",
    )


def _alike(target: TargetRecord) -> str:
    return "like targets" if target.encoding == "numbers" else "one class"


def _forgetting(case: Case) -> Row | None:
    """The ledger row that shows it: the epoch's last weights are worse than its running mean."""
    account = case.account()
    row = measured(account, "epoch-averaging") if account else None
    if row is None or not finite(row.low) or not finite(row.after):
        return None
    return row if row.low > DELTA_OF_LOSS * abs(row.after) else None


def _size(row: Row | None) -> float:
    if row is None or not row.after or not finite(row.delta):
        return 0.5  # not measured: neither all of the trouble nor none
    return min(1.0, abs(row.delta / row.after))


def _lines(target: TargetRecord) -> list[str]:
    if target.sorted_by_class:
        return [f"the {count(target.rows)} rows stand sorted by class, and fit does not shuffle"]
    return [
        f"{count(target.runs)} runs of {_alike(target)} in {count(target.rows)} rows, "
        f"{figure(target.runs_expected)} expected of a random order (z {figure(target.runs_z)})"
    ]


def _row_line(row: Row | None) -> list[str]:
    if row is None:
        return []
    d = places([row.before, row.after])
    return [
        f"training loss {figure(row.before, d)} as the mean of the epoch, {figure(row.after, d)} "
        f"with the weights at its end ({signed(row.delta, d)}, {signed(row.low, d)} to "
        f"{signed(row.high, d)})"
    ]


def _last_line(status: Status) -> list[str]:
    if status == "harmless":
        return ["the fit does well all the same"]
    if status == "confirmed":
        return ["each batch is learned, and the ones before it are forgotten"]
    return ["what settles it: pairs of fits with and without shuffled rows"]
