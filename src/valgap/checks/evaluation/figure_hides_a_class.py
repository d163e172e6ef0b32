"""EVL107: a class that is hardly ever found, behind a figure that looks well."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent

# Half of what is usual for the other classes: then more rows are missed than found.
HALF = 0.5
# How rarely chance may give a class so few, over all classes together (DESIGN section 6: a
# hundredth of all runs). Of many small classes one is always unlucky.
RARE = 0.01
# Found in fewer than one row of fifty: never, for all practical ends.
NEVER = 0.02
_LONGEST = 16


def _rare(recall: float) -> Case:
    recalls = {"0": Estimate(0.99, 0.975, 0.996, 420), "1": _wilson(recall)}
    found = round(30 * recall)
    return example_case(
        measured_model={
            "predictions": classified(
                0.6, 0.5 * (0.99 + recall), accuracy=estimate(0.92, 450, 0.27), majority=0.933,
                recalls=recalls, confusion=((416, 4), (30 - found, found)),
            )
        }
    )  # fmt: skip


def _wilson(recall: float) -> Estimate:
    return Estimate(recall, max(0.0, recall - 0.15), min(1.0, recall + 0.12), 30)


def _never_found() -> Case:
    return _rare(0.0)


def _found_as_often() -> Case:
    return _rare(0.87)


@dataclass(frozen=True, slots=True)
class Missed:
    """A class with its recall and that of the other classes; `into` takes most of its rows."""

    made: Predictions
    name: str
    recall: Estimate
    others: float
    into: str | None
    taken: int


@check(
    code="EVL107",
    name="figure-hides-a-class",
    family="EVL",
    severity="error",
    needs=("validation", "validation-predictions"),
    fires_on=_never_found,
    silent_on=_found_as_often,
)
def figure_hides_a_class(case: Case) -> Iterable[Finding]:
    """A class is missed in most of its rows, while accuracy and the other classes look well.

    What it looks for: recall by class on validation rows, below half of what is usual for the
    other classes by more than bad luck (a binomial test, one run in a hundred over all classes
    together), while accuracy is clearly above one over the number of classes. An error where
    the class is never found, a warning otherwise.

    Why it matters: accuracy weighs classes by their rows. A class with 5 % of the rows can be
    missed altogether at an accuracy of 95 %, and it is often the class that the model is for.

    What to do: look at recall by class and at the pair that is confused; class weights or
    resampling, a threshold chosen for the rare class, more rows of it, or merge classes that
    nobody can tell apart.

    References: He and Garcia, Learning from Imbalanced Data, 2009; Wilson, Probable
    Inference, 1927.
    """
    found = [missed for made in case.predictions() for missed in _missed(made)]
    if found:
        yield _finding(case, min(found, key=lambda m: (m.recall.value, -m.others)), len(found))


def _missed(made: Predictions) -> Iterable[Missed]:
    known = {name: e for name, e in made.recalls.items() if finite(e.value) and e.n}
    if len(known) < 2 or not _looks_well(made):
        return
    for name, recall in known.items():
        others = statistics.median(e.value for other, e in known.items() if other != name)
        if _is_no_bad_luck(recall, HALF * others, len(known)):
            into, taken = _taken_for(made, name)
            yield Missed(made, name, recall, others, into, taken)


def _is_no_bad_luck(recall: Estimate, least: float, classes: int) -> bool:
    """Whether a class of recall `least` has so few rows found in fewer than 1 of 100 runs."""
    from scipy.special import bdtr  # scipy.stats takes a second to import

    n = recall.n or 0
    if n <= 0 or not 0 <= recall.value < least <= 1:
        return False
    return float(bdtr(round(recall.value * n), n, least)) < RARE / classes


def _looks_well(made: Predictions) -> bool:
    """Whether accuracy is clearly above what equal guessing gives."""
    accuracy = made.accuracy
    return accuracy is not None and finite(accuracy.low) and accuracy.low > 1 / len(made.recalls)


def _taken_for(made: Predictions, name: str) -> tuple[str | None, int]:
    names = list(made.recalls)
    row = names.index(name)
    if len(made.confusion) != len(names) or len(made.confusion[row]) != len(names):
        return None, 0
    rows = [
        (n, other) for other, n in zip(names, made.confusion[row], strict=True) if other != name
    ]
    taken, into = max(rows)
    return (into, taken) if taken > 0 else (None, 0)


def _finding(case: Case, missed: Missed, classes: int) -> Finding:
    recall, made = missed.recall, missed.made
    is_never = recall.value < NEVER
    told = "never found" if is_never else f"found in {percent(recall.value)} of its rows"
    accuracy = made.accuracy.value if made.accuracy else None
    return figure_hides_a_class.finding(
        case,
        severity="error" if is_never else "warning",
        status="confirmed",
        message=f"class {missed.name[:_LONGEST]} is {told}, behind an accuracy of "
        f"{figure(accuracy, 2)}",
        observed=Observed(recall.value, "recall", recall.low, recall.high, recall.n),
        expected=Expected(">=", HALF * missed.others, "half of the recall of the other classes"),
        size=_share_of_the_deficit(made, recall),
        scope=Scope(class_name=missed.name, rows=recall.n),
        evidence=(
            f"recall {figure(recall.value, 3)} ({figure(recall.low, 3)} to "
            f"{figure(recall.high, 3)}, {count(recall.n)} rows), {figure(missed.others, 3)} for "
            "the other classes",
            *_accuracy_line(made),
            *_pair_line(missed),
            *([f"{classes} classes are missed like that, this one most"] if classes > 1 else []),
        ),
        help="class weights or resampling, a threshold for the class, or more rows of it",
        remedies=("class-weights", "resampling"),
        explains=("EVL102", "EVL109"),
    )


def _share_of_the_deficit(made: Predictions, recall: Estimate) -> float:
    """How much of what balanced accuracy lacks is rows of this class."""
    lacking = sum(1 - e.value for e in made.recalls.values() if finite(e.value))
    return min(1.0, max(0.0, (1 - recall.value) / lacking)) if lacking > 0 else 0.0


def _accuracy_line(made: Predictions) -> list[str]:
    if made.accuracy is None or made.balanced_accuracy is None:
        return []
    return [
        f"accuracy {figure(made.accuracy.value, 3)}, balanced accuracy "
        f"{figure(made.balanced_accuracy.value, 3)}"
    ]


def _pair_line(missed: Missed) -> list[str]:
    if missed.into is None:
        return []
    return [f"{count(missed.taken)} of its rows are taken for class {missed.into[:_LONGEST]}"]
