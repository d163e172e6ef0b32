"""FIT110: a logged metric that is not what its name says for these targets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.heads_and_targets import Pair, pairs
from valgap.checks.learning import has_failed
from valgap.checks.measures import DELTA_OF_SCORE
from valgap.checks.padding_counted import Padded, padding_counted
from valgap.evidence.account import Estimate
from valgap.evidence.model import HeadRecord, Predictions
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity
from valgap.registry import check
from valgap.wording import count, figure, percent

# Two points: twice the smallest difference of a score that matters (DESIGN section 6), for the
# logged figure may be of a few rows more or fewer.
APART = 2 * DELTA_OF_SCORE
LONGEST = 28
BY_NAME = ("accuracy", "acc")
ONE_A_ROW = (*BY_NAME, "categorical_accuracy")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _unit_by_unit() -> Case:
    return _case("BinaryAccuracy", "binary_accuracy", 0.92)


def _row_by_row() -> Case:
    return _case("'accuracy'", "accuracy", 0.61)


def _case(metric: str, key: str, logged: float) -> Case:
    head = HeadRecord(
        "output", "dense_1", (10,), "softmax", "categorical_crossentropy", False, "multiclass",
        (10,),
    )  # fmt: skip
    counts = {str(i): 140 for i in range(10)}
    target = TargetRecord(
        "train", "y", "one-hot", (10,), "float32", 1400, 0.0, 1.0, counts=counts,
        whole_numbers=True,
    )  # fmt: skip
    case = example_case(
        compiled={"metrics": (metric,)},
        measured_rows={"targets": (target,)},
        measured_model={
            "heads": (head,),
            "predictions": classified(0.64, 0.61, classes=10),
        },
    )
    for epoch in case.fit.epochs:
        epoch.logs.update({key: logged, f"val_{key}": logged})  # type: ignore[attr-defined]
    return case


@check(
    code="FIT110",
    name="metric-means-something-else",
    family="FIT",
    severity="warning",
    needs=("heads", "targets", "predictions"),
    fires_on=_unit_by_unit,
    silent_on=_row_by_row,
)
def metric_means_something_else(case: Case) -> Iterable[Finding]:
    """A logged metric is not what its name says, for targets and outputs such as these.

    What it looks for: accuracy on real numbers; `binary_accuracy` on rows of several classes,
    which counts each unit by itself; `categorical_accuracy` on class numbers; `Accuracy()`,
    which counts outputs equal to the label bit for bit; `accuracy` on several flags a row,
    or at a threshold of .5 on scores before the sigmoid; accuracy by step where most steps
    are padding, which every model tells. The logged figure is held against
    the share of rows that the same weights tell right.

    Why it matters: what is chosen by such a figure is chosen by something else. Of ten
    classes `binary_accuracy` gives .9 to a model that knows nothing; on real numbers
    accuracy is near 0 however good the model.

    What to do: `"accuracy"` as a string for classes, which Keras resolves by the shapes;
    mean absolute error or R2 for numbers; `BinaryAccuracy(threshold=0)` on scores.

    References: Keras documentation, accuracy metrics and `Model.compile`.
    """
    yield from _of_padding(case)
    found = list(pairs(case))
    if len(found) != 1 or len(case.heads()) != 1:
        return
    for metric in _metrics(case):
        if (why := _other_meaning(found[0], metric)) is not None:
            yield from _judged(case, found[0], metric, why)


def _of_padding(case: Case) -> Iterable[Finding]:
    """Finds an accuracy over all steps, of which most are padding."""
    padded = padding_counted(case)
    if padded is None:
        return
    for metric in _metrics(case):
        logged = _logged(case, case.predictions("validation")[0], metric)
        if "accuracy" in metric.kind and finite(logged) and logged - padded.others.value > APART:
            yield _over_padding(case, metric, logged, padded)
            return


def _over_padding(case: Case, metric: _Metric, logged: float, padded: Padded) -> Finding:
    others = padded.others
    return metric_means_something_else.finding(
        case,
        status="confirmed",
        location=case.fit.compile.location if case.fit.compile else case.fit.location,
        message=f"{metric.key[:LONGEST]} {figure(logged, 2)} counts padding; without it "
        f"{figure(others.value, 2)}",
        observed=Observed(logged, f"{metric.key[:LONGEST]}, logged"),
        expected=Expected("==", others.value, "the share right of steps that are no padding"),
        size=min(1.0, logged - others.value),
        evidence=(
            f"{percent(padded.share)} of the steps are padding, and told as such",
            f"of the {count(others.n)} other validation steps {percent(others.value)} are right",
        ),
        help="a mask (mask_zero=True, kept to the end) or sample weights of 0 on padded steps",
        remedies=("keep-the-mask", "metric-for-the-task"),
    )


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric as it was given, in snake case, and the name that it is logged under."""

    kind: str
    key: str
    is_exact: bool


def _metrics(case: Case) -> Iterator[_Metric]:
    given = case.fit.compile.metrics + case.fit.compile.weighted_metrics if case.fit.compile else ()
    logged = {key for epoch in case.fit.epochs for key in epoch.logs}
    for text in dict.fromkeys(given):
        plain = text.strip("'\"")
        kind = _CAPITAL.sub("_", plain).lower()
        key = next((name for name in (plain, kind) if name in logged), None)
        if key is not None:
            yield _Metric(kind, key, is_exact=plain == "Accuracy")


def _other_meaning(pair: Pair, metric: _Metric) -> str | None:
    """What the metric counts in place of what its name says, or None."""
    if "accuracy" not in metric.kind and metric.kind not in BY_NAME:
        return None
    encoding, is_row = pair.target.encoding, (pair.units or 0) > 1
    if encoding == "numbers":
        is_number = pair.head.task == "regression"
        return "counts exact hits of real numbers" if is_number else None
    is_class = encoding in ("one-hot", "classes")
    is_score = pair.head.logits is True and pair.head.activation == "linear"
    meanings = (
        (
            metric.is_exact and (is_class or encoding == "flags"),
            "counts outputs equal to the label",
        ),
        (encoding == "flags" and metric.kind in ONE_A_ROW, "looks at one flag a row"),
        (is_class and is_row and metric.kind == "binary_accuracy", "counts unit by unit"),
        (
            encoding == "classes" and is_row and metric.kind == "categorical_accuracy",
            "takes class numbers for one-hot",
        ),
        (is_class and not is_row and is_score, "cuts scores at .5"),
    )
    return next((told for holds, told in meanings if holds), None)


def _judged(case: Case, pair: Pair, metric: _Metric, why: str) -> Iterable[Finding]:
    made = (*case.predictions("validation"), *case.predictions("train"))
    if not made:
        return
    logged = _logged(case, made[0], metric)
    if pair.target.encoding == "numbers":
        if finite(logged):
            severity: Severity = "note" if has_failed(case) else "warning"
            yield _finding(case, pair, metric, why, severity, (logged, made[0].r2, "R2"))
        return
    plain = made[0].accuracy
    if made[0].split != "validation" or plain is None or not finite(logged):
        return
    if finite(plain.value) and abs(logged - plain.value) > max(APART, _half_width(plain)):
        yield _finding(case, pair, metric, why, "warning", (logged, plain, "rows right"))


def _logged(case: Case, made: Predictions, metric: _Metric) -> float | None:
    """The figure that was logged for the same split at the same epoch."""
    prefix = "val_" if made.split == "validation" else ""
    return case.history(f"{prefix}{metric.key}").get(made.epoch)


def _half_width(estimate: Estimate) -> float:
    if not (finite(estimate.low) and finite(estimate.high)):
        return 0.0
    return (estimate.high - estimate.low) / 2


def _finding(  # noqa: PLR0913, PLR0917
    case: Case,
    pair: Pair,
    metric: _Metric,
    why: str,
    severity: Severity,
    told: tuple[float, Estimate | None, str],
) -> Finding:
    logged, plain, name = told
    value = plain.value if plain else None
    meant = f"; {name}: {figure(value, 2)}" if finite(value) and abs(value) < 1e4 else ""
    apart = abs(logged - value) if finite(value) else 0.0
    rows = count(plain.n if plain else None)
    return metric_means_something_else.finding(
        case,
        severity=severity,
        status="confirmed",
        location=case.fit.compile.location if case.fit.compile else case.fit.location,
        message=f"{metric.key[:LONGEST]} {figure(logged, 2)[:8]} {why}{meant}",
        observed=Observed(logged, f"{metric.key[:LONGEST]}, logged"),
        expected=Expected("==", value if finite(value) else None, f"{name}, same weights"),
        size=0.0 if severity == "note" else min(1.0, apart),
        scope=Scope(layer=pair.head.layer),
        evidence=(
            f"{metric.key[:LONGEST]} {why}: targets {pair.target.encoding}, "
            f"{count(pair.units)} units, loss {pair.head.loss[:LONGEST]}",
            f"logged {figure(logged, 4)}; {name} {figure(value, 4)} on {rows} rows, same epoch",
        ),
        help="mean absolute error or R2 for numbers, metrics=['accuracy'] for classes",
        remedies=("metric-for-the-task",),
    )
