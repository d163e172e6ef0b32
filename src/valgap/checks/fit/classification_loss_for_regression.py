"""FIT108: a loss for classes on real numbers, or one for numbers on the names of classes."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import regressed
from valgap.checks.heads_and_targets import (
    OF_CLASSES,
    OF_NUMBERS,
    OF_ROWS,
    OF_SHARES,
    OF_SIGNS,
    Pair,
    pairs,
)
from valgap.checks.learning import has_failed, lost_skill, of_output, skill_lines
from valgap.checks.outcome import GOOD, outcome
from valgap.checks.trouble import OF_THE_TASK, loss_was_lost
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import count, figure

# More distinct whole numbers than these are amounts rather than names.
NAMES_AT_MOST = 20
LONGEST = 32  # of the name of a loss in a message
FOR_CLASSES = (*OF_SHARES, *OF_ROWS, *OF_SIGNS, *OF_CLASSES)


def _prices_under_crossentropy() -> Case:
    return _case("binary_crossentropy", "sigmoid", (-0.9, -0.9))


def _prices_under_squares() -> Case:
    return _case("mean_squared_error", "linear", (0.8, 0.75))


def _case(loss: str, activation: str, r2: tuple[float, float]) -> Case:
    head = HeadRecord("output", "dense_1", (1,), activation, loss, False, "regression", (1,))
    target = TargetRecord(
        "train", "y", "numbers", (1,), "float32", 1000, 1.2, 96.0, 24.1, 12.3, distinct=870
    )
    return example_case(
        compiled={"loss": loss},
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": regressed(*r2)},
    )


@check(
    code="FIT108",
    name="classification-loss-for-regression",
    family="FIT",
    severity="error",
    needs=("heads", "targets"),
    fires_on=_prices_under_crossentropy,
    silent_on=_prices_under_squares,
)
def classification_loss_for_regression(case: Case) -> Iterable[Finding]:
    """A loss for classes is used on real numbers, or one for numbers on names of classes.

    What it looks for: a cross-entropy or hinge loss on targets that are real numbers beyond
    0 to 1; and a squared or absolute error of a single unit on the numbers of three and
    more classes, where accuracy is asked for as well. Soft labels and pictures from 0 to 1
    are fit targets of a cross-entropy and are left alone.

    Why it matters: a cross-entropy has no lowest point at such targets; its best is an
    extreme, the same for all rows. Class numbers under a distance say that class 3 lies
    between 2 and 4, which names do not.

    What to do: a linear head with mean squared or absolute error for numbers; a unit for each
    class, softmax and `sparse_categorical_crossentropy` for classes.

    References: Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.3 and 5.2;
    Keras documentation, Losses.
    """
    for pair in pairs(case):
        own = of_output(case, pair.head.output)
        if _is_unfit_for_numbers(pair):
            yield from _numbers(own, pair)
        elif _names_as_numbers(case, pair):
            yield from _names(own, pair)


def _is_unfit_for_numbers(pair: Pair) -> bool:
    target, loss = pair.target, pair.head.loss
    low, high = target.low, target.high
    if target.encoding != "numbers" or loss not in FOR_CLASSES:
        return False
    if not (finite(low) and finite(high)):
        return False
    if loss in OF_CLASSES:
        return not target.whole_numbers or low < 0
    if loss in OF_ROWS and pair.units == 1 and target.whole_numbers and low >= 0:
        return False  # the numbers of many classes: MOD102
    lowest = -1.0 if loss in OF_SIGNS else 0.0
    return low < lowest or high > 1.0


def _numbers(case: Case, pair: Pair) -> Iterable[Finding]:
    if outcome(case).is_good:
        return
    known = outcome(case).train is not None or loss_was_lost(case)
    is_seen = known and (has_failed(case) or loss_was_lost(case))
    low, high = figure(pair.target.low), figure(pair.target.high)
    yield _finding(
        case,
        pair,
        "confirmed" if is_seen else "suspected",
        f"{pair.head.loss[:LONGEST]} on real numbers from {low} to {high}",
        "a linear unit and mean squared or absolute error",
    )


def _names_as_numbers(case: Case, pair: Pair) -> bool:
    if pair.target.encoding != "classes" or pair.head.loss not in OF_NUMBERS or pair.units != 1:
        return False
    return 3 <= _classes(pair) <= NAMES_AT_MOST and _asks_for_accuracy(case)


def _classes(pair: Pair) -> int:
    return sum(1 for rows in pair.target.counts.values() if rows > 0)


def _asks_for_accuracy(case: Case) -> bool:
    told = case.fit.compile.metrics + case.fit.compile.weighted_metrics if case.fit.compile else ()
    return any("acc" in metric.lower() for metric in told)


def _logged_accuracy(case: Case) -> float:
    """The best accuracy that the last epoch shows, 1 where none does."""
    last = case.fit.epochs[-1].logs if case.fit.epochs else {}
    return max((v for name, v in last.items() if "acc" in name.lower() and finite(v)), default=1.0)


def _names(case: Case, pair: Pair) -> Iterable[Finding]:
    # Amounts may come out well while the accuracy that is asked for does not.
    is_good = outcome(case).is_good and _logged_accuracy(case) >= GOOD
    if outcome(case).validation is None or is_good:
        return
    yield _finding(
        case,
        pair,
        "suspected",
        f"{pair.head.loss[:LONGEST]} on the numbers of {count(_classes(pair))} classes",
        f"{_classes(pair)} units, softmax and sparse_categorical_crossentropy",
    )


def _finding(case: Case, pair: Pair, status: Status, message: str, remedy: str) -> Finding:
    target, is_number = pair.target, pair.target.encoding == "numbers"
    distinct = target.distinct if is_number else _classes(pair)
    fact = "labels of classes lie in 0 to 1" if is_number else "names are no amounts"
    return classification_loss_for_regression.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        location=case.fit.compile.location if case.fit.compile else case.fit.location,
        message=message,
        observed=Observed(
            None if distinct is None else float(distinct), "distinct targets", n=target.rows
        ),
        expected=Expected("<=", 2.0, fact),
        size=max(lost_skill(case), 1 - min(1.0, _logged_accuracy(case))),
        scope=Scope(layer=pair.head.layer),
        evidence=(
            f"output {pair.head.output[:LONGEST]}: loss {pair.head.loss[:LONGEST]}, activation "
            f"{pair.head.activation}; targets {target.encoding} from {figure(target.low)} to "
            f"{figure(target.high)}",
            *skill_lines(case),
            *(
                [f"what settles it: pairs of fits with this loss and with {remedy}"]
                if status == "suspected"
                else []
            ),
        ),
        help=remedy,
        remedies=("loss-for-the-task",),
        explains=(*OF_THE_TASK, "FIT110", "MOD103"),
    )
