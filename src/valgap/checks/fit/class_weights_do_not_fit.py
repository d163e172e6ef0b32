"""FIT111: class weights that starve a class."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.class_counts import ROWS_A_CLASS, recalls
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate
from valgap.checks.outcome import POOR, outcome
from valgap.evidence.account import Estimate
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, percent

# Weights in the ratio of the shares, or its root, stay within what one over the share gives. A
# class with a fifth of an equal part of the loss, once its weight is in, is starved by it.
STARVED = 0.2
# Weights that leave a class at this part of what it has without them are no matter of rounding.
LOWERED = 0.5
_LONGEST = 12
SETTLES = "what settles it: pairs of fits with these weights and with balanced ones"


def _turned_round() -> Case:
    return _case({"0": 2.78, "1": 0.61}, 0.12)


def _balanced() -> Case:
    return _case({"0": 0.61, "1": 2.78}, 0.84)


def _case(weights: Mapping[str, float], rare: float) -> Case:
    target = TargetRecord(
        "train", "y", "classes", (), "int64", 1408, 0.0, 1.0, counts={"0": 1155, "1": 253}
    )
    found = {"0": estimate(0.97, 370, 0.2), "1": estimate(rare, 80, 0.4)}
    score = (0.97 + rare) / 2
    return example_case(
        measured_rows={"targets": (target,)},
        measured_model={"predictions": classified(score, score, recalls=found)},
        changes={"class_weight": weights},
    )


@check(
    code="FIT111",
    name="class-weights-do-not-fit",
    family="FIT",
    severity="warning",
    needs=("targets", "validation-predictions"),
    fires_on=_turned_round,
    silent_on=_balanced,
)
def class_weights_do_not_fit(case: Case) -> Iterable[Finding]:
    """Class weights starve a class, which then is hardly found.

    What it looks for: `class_weight` times the rows of each class: a class whose part of the
    loss is a fifth of an equal one or less, and half or less of what it would have without
    weights; and a recall of that class which shows it. Balanced weights, weights in between,
    and weights that favour a class on purpose while the others are found are left alone.

    Why it matters: a class without a part in the loss is not learned. Weights turned round,
    or meant for other class numbers (a class that is not named counts 1), make an imbalance
    worse, and accuracy may even rise.

    What to do: rows / (classes x rows of the class), as scikit-learn's `balanced` gives it,
    by the class numbers that the targets have; or none.

    References: King and Zeng, Logistic Regression in Rare Events Data, 2001; Keras
    documentation, `Model.fit`, class_weight.
    """
    weights = case.fit.class_weight
    target = next((t for t in case.targets() if t.encoding in ("classes", "one-hot")), None)
    if not weights or target is None or len(case.targets()) != 1 or outcome(case).is_good:
        return
    starved = _starved(weights, target)
    if starved is None:
        return
    found = recalls(case, 0).get(starved.name)
    others = [e.value for name, e in recalls(case, 0).items() if name != starved.name]
    if found is None or not others or found.value >= min(POOR, math.fsum(others) / len(others)):
        return
    yield _finding(case, weights, starved, found)


@dataclass(frozen=True, slots=True)
class _Starved:
    """A class, its part of the loss with and without weights, and an equal part."""

    name: str
    part: float
    without: float
    equal: float


def _starved(weights: Mapping[str, float], target: TargetRecord) -> _Starved | None:
    """The class that the weights leave the smallest part of the loss, where that is starving."""
    counts = {name: rows for name, rows in target.counts.items() if rows > 0}
    if len(counts) < 2 or sum(counts.values()) < ROWS_A_CLASS * len(counts):
        return None
    rows = math.fsum(counts.values())
    # Keras counts a class that is not named as 1.
    sizes = {name: counts[name] * _weight(weights, name) for name in counts}
    total = math.fsum(sizes.values())
    if not finite(total) or total <= 0:
        return None
    name = min(sizes, key=lambda c: sizes[c])
    told = _Starved(name, sizes[name] / total, counts[name] / rows, 1 / len(counts))
    is_small = told.part <= STARVED * told.equal and told.part <= LOWERED * told.without
    return told if is_small else None


def _weight(weights: Mapping[str, float], name: str) -> float:
    value = weights.get(name, weights.get(name.removesuffix(".0"), 1.0))
    return value if finite(value) and value >= 0 else 0.0


def _finding(
    case: Case, weights: Mapping[str, float], starved: _Starved, found: Estimate
) -> Finding:
    is_zero = starved.part == 0
    status: Status = "confirmed" if is_zero and found.value < STARVED else "suspected"
    severity: Severity = "error" if status == "confirmed" else "warning"
    name = _short(starved.name)
    told = ", ".join(f"{_short(c)}: {figure(w)}" for c, w in list(weights.items())[:8])
    return class_weights_do_not_fit.finding(
        case,
        severity=severity,
        status=status,
        message=f"class weights leave class {name} {percent(starved.part)} of the loss, recall "
        f"{figure(found.value, 2)}",
        observed=Observed(starved.part, "part of the loss of a class", n=found.n),
        expected=Expected(">", STARVED * starved.equal, "a fifth of an equal part"),
        size=min(1.0, max(0.0, 1 - found.value) / 2),
        scope=Scope(class_name=starved.name, rows=found.n),
        evidence=(
            f"class_weight {told}",
            f"class {name}: {percent(starved.without)} of the rows, {percent(starved.part)} of "
            f"the weighted loss; an equal part is {percent(starved.equal)}",
            f"recall of class {name} {figure(found.value, 2)} on {count(found.n)} rows",
            *([SETTLES] if status == "suspected" else []),
        ),
        help="rows / (classes x rows of the class) for each class, or no weights",
        remedies=("balanced-class-weights",),
        explains=("EVL102", "EVL107", "EVL109", "CUR102"),
    )


def _short(name: str) -> str:
    plain = " ".join(name.replace("!", " ").split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
