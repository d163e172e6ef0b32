"""DAT205: one class is made of parts, and some part of it is not found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from valgap.case import Case, finite
from valgap.checks.class_counts import pooled
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, is_below, own_skill, short
from valgap.evidence.account import Estimate
from valgap.evidence.rows import Subclasses
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, figure, percent

# Recall that a part loses against the rest of its class: a fifth of its rows.
LOST = 0.2
# A part of fewer rows of its class cannot move the recall of the class by a point.
LEAST_SHARE = 0.05
# Of a line of evidence, in characters.
_LONGEST = 200


def _union(recall: float, source: Literal["given", "clusters"] = "given") -> Case:
    parts = Subclasses(
        "1",
        source,
        rows={"walk": 300, "run": 280, "jump": 90},
        recalls={
            "walk": estimate(0.95, 130, 0.2),
            "run": estimate(0.93, 120, 0.2),
            "jump": estimate(recall, 60),
        },
    )
    return example_case(measured_rows={"subclasses": (parts,)})


def _one_part_missed() -> Case:
    return _union(0.35)


def _all_found() -> Case:
    return _union(0.92, "clusters")


@check(
    code="DAT205",
    name="hidden-subclasses",
    family="DAT",
    severity="warning",
    needs=("validation", "subclasses"),
    audits=False,
    fires_on=_one_part_missed,
    silent_on=_all_found,
)
def hidden_subclasses(case: Case) -> Iterable[Finding]:
    """One class is a union of distinct parts, and one of them is hardly found.

    What it looks for: recall on validation by sub-label where sub-labels are given, or by
    cluster of the inputs of a class; a part whose recall is clearly below that of the rest of
    its class, by a fifth of its rows or more. Intervals allow for the worst of all parts having
    been picked (Bonferroni). Where sub-labels are given and no part is missed, that is said as
    harmless.

    Why it matters: a class that is one in name only has several borders. The recall of the
    class is then a mean that fits none of its parts, and rows of the other parts do not help.

    What to do: train on the parts as classes and merge them afterwards; more rows of the part
    that is missed.

    References: Oakden-Rayner et al., Hidden Stratification Causes Clinically Meaningful
    Failures, 2020; Sohoni et al., No Subclass Left Behind, 2020; Dunn, Multiple Comparisons
    Among Means, JASA 56, 1961.
    """
    measured = case.rows.subclasses if case.rows else ()
    looked_at = sum(len(parts.recalls) for parts in measured)
    found = [f for parts in measured if (f := _missed(parts, looked_at))]
    if found:
        part, recall, rest, parts = max(found, key=lambda f: f[2].value - f[1].value)
        yield _finding(case, parts, part, (recall, rest))
        return
    given = [parts for parts in measured if parts.source == "given" and _are_alike(parts)]
    if given:
        yield _of_like_parts(case, max(given, key=lambda parts: len(parts.recalls)))


def _are_alike(parts: Subclasses) -> bool:
    values = [e.value for e in parts.recalls.values() if finite(e.value)]
    return len(values) > 1 and max(values) - min(values) < LOST


def _of_like_parts(case: Case, parts: Subclasses) -> Finding:
    """The user asked for recall by part, and is told that no part is missed more than others."""
    recalls = {part: e for part, e in parts.recalls.items() if finite(e.value)}
    shown = ", ".join(f"{short(p, 12)} {figure(e.value, 2)}" for p, e in recalls.items())
    values = [e.value for e in recalls.values()]
    return hidden_subclasses.finding(
        case,
        severity="note",
        status="harmless",
        message=f"class {short(parts.class_name, 12)}: recall {figure(min(values), 2)} to "
        f"{figure(max(values), 2)} in its {len(values)} parts, none clearly behind",
        observed=Observed(min(values), "recall of the part found least"),
        expected=Expected(">=", max(values) - LOST, "recall of the part found best, less a fifth"),
        scope=Scope(class_name=short(parts.class_name)),
        evidence=(f"recall by part: {shown[:_LONGEST]}",),
        help="none of the parts needs rows or a class of its own more than the others",
    )


def _missed(parts: Subclasses, looked_at: int) -> tuple[str, Estimate, Estimate, Subclasses] | None:
    """The part of a class that is missed most, of all that were looked at, beside the rest."""
    known = {p: e for p, e in parts.recalls.items() if finite(e.value) and e.n}
    if len(known) < 2:
        return None
    rows = sum(e.n or 0 for e in known.values())
    worst = min(known, key=lambda p: known[p].value)
    rest = pooled(known, [p for p in known if p != worst], looked_at)
    recall = pooled(known, [worst], looked_at)
    if recall is None or rest is None or (known[worst].n or 0) < LEAST_SHARE * rows:
        return None
    if rest.value - recall.value < LOST or not is_below(recall, rest):
        return None
    return worst, recall, rest, parts


def _finding(
    case: Case, parts: Subclasses, part: str, recalls: tuple[Estimate, Estimate]
) -> Finding:
    recall, rest = recalls
    is_given = parts.source == "given"
    return hidden_subclasses.finding(
        case,
        status="confirmed" if is_given else "suspected",
        message=f"class {short(parts.class_name, 12)}: recall {figure(recall.value, 2)} of part "
        f"{short(part, 12)}, {figure(rest.value, 2)} of the rest",
        observed=Observed(recall.value, "recall of a part", recall.low, recall.high, recall.n),
        expected=Expected(">=", rest.low, "recall of the other parts, its lower end"),
        size=_size(case, recall, rest),
        scope=Scope(class_name=short(parts.class_name), group=short(part)),
        evidence=(
            f"recall of part {short(part)} {figure(recall.low, 2)} to {figure(recall.high, 2)} "
            f"({count(recall.n)} rows), of the rest {figure(rest.low, 2)} to "
            f"{figure(rest.high, 2)} ({count(rest.n)} rows)",
            *_rows_line(parts, part),
            *_examples_line(parts, part),
            *([] if is_given else ["parts are clusters of inputs; a fit on them as classes tells"]),
        ),
        help="train on the parts as classes and merge them; more rows of the part missed",
        remedies=("train-on-subclasses",),
        explains=("EVL107", "CUR102", "CUR104"),
    )


def _rows_line(parts: Subclasses, part: str) -> list[str]:
    rows = sum(parts.rows.values())
    held = parts.rows.get(part)
    if held is None or rows <= 0:
        return []
    return [f"{percent(clipped(held / rows))} of {count(rows)} training rows of the class"]


def _examples_line(parts: Subclasses, part: str) -> list[str]:
    """Training rows to look at, as a cluster has no name that says what it is."""
    rows = parts.examples.get(part, ())
    return [f"its training rows are such as {', '.join(map(str, rows))}"] if rows else []


def _size(case: Case, recall: Estimate, rest: Estimate) -> float:
    """What the missed rows of the part take of the class, as a share of what is lacking."""
    share = (recall.n or 0) / max(1, (recall.n or 0) + (rest.n or 0))
    lost = share * (rest.value - recall.value)
    own = own_skill(case, "validation")
    return clipped(lost / max(1 - own.value, MATTERS) if own else lost)
