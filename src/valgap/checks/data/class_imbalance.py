"""DAT201: rare classes are given up for the frequent ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from valgap.case import Case, finite
from valgap.checks.class_counts import ClassCounts, class_counts, pooled, recalls
from valgap.checks.example_case import example_case
from valgap.checks.example_split import labels, scored
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, is_below, short
from valgap.evidence.account import Estimate
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent

# No ratio is bad by itself (He and Garcia, 2009, section 2); below two to one no rival
# explanation is the poorer one. From four to one a user will want to read that all is well.
RATIO, NOTABLE = 2, 4
# Recall that rare classes lose against the others: a fifth of their rows.
LOST = 0.2
# A loss that saves less on the entropy of the shares has learned the shares at most.
SHARES_ALONE = 0.98


def _rare(rare: float, frequent: float) -> Case:
    counts = {"0": 930, "1": 70}
    made = scored(
        (rare + frequent) / 2,
        (rare + frequent) / 2,
        {"0": (frequent, 418), "1": (rare, 32)},
    )
    measured: Mapping[str, Any] = {
        "targets": (labels("train", counts), labels("validation", {"0": 418, "1": 32}))
    }
    return example_case(measured_rows=measured, measured_model={"predictions": made})


def _given_up() -> Case:
    return _rare(0.1, 0.99)


def _found_all_the_same() -> Case:
    return example_case(
        measured_rows={
            "targets": (
                labels("train", {"0": 500, "1": 500}),
                labels("validation", {"0": 225, "1": 225}),
            )
        },
        measured_model={"predictions": scored(0.9, 0.88, {"0": (0.9, 225), "1": (0.86, 225)})},
    )


@check(
    code="DAT201",
    name="class-imbalance",
    family="DAT",
    severity="warning",
    needs=("validation", "targets", "validation-predictions"),
    audits=("validation", "targets"),
    fires_on=_given_up,
    silent_on=_found_all_the_same,
)
def class_imbalance(case: Case) -> Iterable[Finding]:
    """Rare classes are given up for the frequent ones, and accuracy hides it.

    What it looks for: classes with at most half of the rows of the largest; their recall on
    validation clearly below that of the others, by a fifth of their rows or more; accuracy 5
    points above balanced accuracy. Where rare classes are found all the same it is harmless.
    Nothing is said where rows are weighted, or where the model has learned nothing else. In an
    audit shares of four to one and more are a note, as what they cost takes a model to tell.

    Why it matters: a model that always says the largest class is right as often as that
    class is frequent. The loss counts rows, so rare classes hardly count.

    What to do: class weights or balanced batches, a threshold chosen on validation, and
    balanced accuracy or recall by class beside accuracy.

    References: He and Garcia, Learning from Imbalanced Data, 2009; Buda, Maki and
    Mazurowski, A systematic study of the class imbalance problem, 2018.
    """
    if case.fit.class_weight or case.fit.train.weighted:
        return
    for counts in class_counts(case):
        finding = _of_shares(case, counts) if case.is_audit else _judged(case, counts)
        if finding is not None:
            yield finding
            return


def _of_shares(case: Case, counts: ClassCounts) -> Finding | None:
    """Shares alone, where no model is known."""
    rarest = min(counts.train, key=lambda c: counts.train[c])
    largest = max(counts.train, key=lambda c: counts.train[c])
    if len(counts.train) < 2 or counts.train[largest] < NOTABLE * counts.train[rarest]:
        return None
    rows = sum(counts.train.values())
    most, least = (clipped(counts.train[c] / rows) for c in (largest, rarest))
    return class_imbalance.finding(
        case,
        severity="note",
        status="suspected",
        message=f"class imbalance: {short(largest, 16)} has {percent(most)} of training, "
        f"{short(rarest, 16)} {percent(least)}",
        observed=Observed(counts.train[largest] / counts.train[rarest], "rows, most over least"),
        expected=Expected("<", NOTABLE, "no ratio is bad by itself; He and Garcia, 2009"),
        scope=Scope(class_name=short(rarest)),
        evidence=(
            f"{count(counts.train[largest])} and {count(counts.train[rarest])} training rows; "
            f"always saying {short(largest)} is right on {percent(most)} of rows",
            "what it costs takes a model to tell: recall by class",
        ),
        help="read balanced accuracy or recall by class beside accuracy",
        remedies=("class-weights",),
    )


def _judged(case: Case, counts: ClassCounts) -> Finding | None:
    largest, smallest = max(counts.train.values()), min(counts.train.values())
    if len(counts.train) < 2 or largest < RATIO * smallest:
        return None
    few = [c for c, n in counts.train.items() if RATIO * n <= largest]
    by_class = recalls(case, counts.at)
    rare, rest = pooled(by_class, few), pooled(by_class, [c for c in by_class if c not in few])
    if rare is None or rest is None:
        return None
    hidden = _hidden(by_class)
    if rest.value - rare.value >= LOST and is_below(rare, rest) and hidden >= MATTERS:
        return _finding(case, counts, few, rare, rest) if _learned(case, counts) else None
    is_fine = abs(rest.value - rare.value) < LOST / 2 and hidden < MATTERS
    if is_fine and largest >= NOTABLE * smallest:
        return _finding(case, counts, few, rare, rest, is_fine=True)
    return None


def _hidden(by_class: Mapping[str, Estimate]) -> float:
    """Accuracy less balanced accuracy, over the same rows."""
    values = [e.value for e in by_class.values()]
    accuracy = pooled(by_class, by_class)
    return accuracy.value - math.fsum(values) / len(values) if accuracy and values else 0.0


def _learned(case: Case, counts: ClassCounts) -> bool:
    """Whether outputs tell rows apart at all; else the shares are only what is left."""
    made = case.predictions("validation")
    if counts.at < len(made) and made[counts.at].constant:
        return False
    train = case.predictions("train")
    loss = train[counts.at].loss if counts.at < len(train) else None
    heads = case.heads()
    named = heads[counts.at].loss if counts.at < len(heads) else ""
    if loss is None or not finite(loss.value) or not named.endswith("crossentropy"):
        return True
    rows = sum(counts.train.values())
    entropy = -math.fsum(n / rows * math.log(n / rows) for n in counts.train.values())
    return loss.value < SHARES_ALONE * entropy


def _finding(  # noqa: PLR0913
    case: Case,
    counts: ClassCounts,
    few: list[str],
    rare: Estimate,
    rest: Estimate,
    *,
    is_fine: bool = False,
) -> Finding:
    rows = sum(counts.train.values())
    share = clipped(sum(counts.train[c] for c in few) / rows)
    by_class = recalls(case, counts.at)
    balanced = math.fsum(e.value for e in by_class.values()) / max(1, len(by_class))
    rarest = min(few, key=lambda c: counts.train[c])
    return class_imbalance.finding(
        case,
        severity="note" if is_fine else "warning",
        status="harmless" if is_fine else "suspected",
        message=f"class imbalance: recall {figure(rare.value, 2)} of the rare "
        f"{percent(share)} of rows, {figure(rest.value, 2)} of the rest",
        observed=Observed(rare.value, "recall of rare classes", rare.low, rare.high, rare.n),
        expected=Expected(">=", rest.low, "recall of the other classes, its lower end"),
        size=clipped(_hidden(by_class) / max(1 - balanced, MATTERS)),
        scope=Scope(class_name=short(rarest)),
        evidence=(
            f"{count(counts.train[rarest])} of {count(rows)} training rows are of class "
            f"{short(rarest)}, {count(max(counts.train.values()))} of the largest",
            f"accuracy {figure(balanced + _hidden(by_class), 3)}, balanced {figure(balanced, 3)}",
            f"recall of rare classes {figure(rare.low, 2)} to {figure(rare.high, 2)} "
            f"({count(rare.n)} rows), of the others {figure(rest.low, 2)} to "
            f"{figure(rest.high, 2)} ({count(rest.n)} rows)",
            *([] if is_fine else ["a fit with balanced class weights settles it"]),
        ),
        help="class weights or balanced batches; read balanced accuracy and recall by class",
        remedies=("class-weights", "balanced-batches"),
        explains=("EVL102", "EVL107", "CUR102", "CUR104"),
    )
