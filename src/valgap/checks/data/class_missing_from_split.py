"""DAT202: a class that one split alone holds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.class_counts import SURE, ClassCounts, class_counts
from valgap.checks.example_case import example_case
from valgap.checks.example_split import labels
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, short
from valgap.evidence.records import Split
from valgap.finding import Expected, Finding, Observed, Scope, Severity
from valgap.registry import check
from valgap.wording import count, percent

# What a random split does more often than once in a hundred, any class of all, is chance.
RARELY = 0.01
# A split that lacks the classes of half of the rows speaks of another task.
HALF = 0.5
OTHER: dict[Split, Split] = {"train": "validation", "validation": "train"}


def _without_class_2() -> Case:
    return _split({"0": 150, "1": 150})


def _with_all() -> Case:
    return _split({"0": 150, "1": 150, "2": 150})


def _split(validation: dict[str, int]) -> Case:
    train = {"0": 470, "1": 470, "2": 468}
    targets = (labels("train", train), labels("validation", validation))
    rows = sum(validation.values())
    return example_case(validation_rows=rows, measured_rows={"targets": targets})


@dataclass(frozen=True, slots=True)
class _Missing:
    """Classes that `split` alone holds, the share of its rows, whether chance may do it."""

    split: Split
    classes: tuple[str, ...]
    rows: int
    share: float
    by_chance: bool


@check(
    code="DAT202",
    name="class-missing-from-split",
    family="DAT",
    severity="error",
    needs=("validation", "targets"),
    fires_on=_without_class_2,
    silent_on=_with_all,
)
def class_missing_from_split(case: Case) -> Iterable[Finding]:
    """A class of training is absent from validation, or the reverse.

    What it looks for: rows by class in both splits, over all their rows; where only a sample
    of rows was read, classes too frequent to be missing from it by chance. A class so rare
    that a random split may well miss it is a note.

    Why it matters: what is not in training cannot be learned, so each such validation row is
    wrong for certain; what is not in validation can be learned or not, the figure is the same.

    What to do: shuffle before the split, or split by class with `stratify=`; check that the
    folders and label files of both splits hold the same classes.

    References: Kohavi, A Study of Cross-Validation and Bootstrap, 1995 (stratification).
    """
    for counts in class_counts(case):
        sides = [m for s in OTHER if (m := _missing(counts, s))]
        if sides:
            worst = max(sides, key=lambda m: (not m.by_chance, m.share))
            yield _finding(case, counts, worst, sides)
            return


def _missing(counts: ClassCounts, split: Split) -> _Missing | None:
    here, there = counts.of(split), counts.of(OTHER[split])
    rows, other_rows = sum(here.values()), sum(there.values())
    surely = tuple(
        c
        for c in counts.only_in(split)
        if counts.is_whole[OTHER[split]] or _chance(here[c] / rows, other_rows) < SURE / len(here)
    )
    if not surely:
        return None
    held = sum(here[c] for c in surely)
    likeliest = len(here) * max(_chance(here[c] / rows, other_rows) for c in surely)
    return _Missing(split, surely, held, clipped(held / rows), likeliest > RARELY)


def _chance(share: float, rows: int) -> float:
    """The probability that a random sample of so many rows misses a class."""
    return 0.0 if share >= 1 else math.exp(rows * math.log1p(-share))


def _finding(case: Case, counts: ClassCounts, worst: _Missing, sides: list[_Missing]) -> Finding:
    rows = sum(counts.of(worst.split).values())
    most = max(worst.classes, key=lambda c: counts.of(worst.split)[c])
    name = "training" if worst.split == "train" else "validation"
    return class_missing_from_split.finding(
        case,
        severity=_severity(worst),
        status="confirmed",
        message=f"{_classes(len(worst.classes))} in {name} only, "
        f"with {percent(worst.share)} of its {count(rows)} rows",
        observed=Observed(worst.share, f"share of {name} rows", n=rows),
        expected=Expected("==", 0.0, "both splits hold the same classes"),
        size=worst.share,
        scope=Scope(rows=worst.rows, class_name=short(most)),
        evidence=tuple(_line(side) for side in sides),
        help="shuffle before the split, or split with stratify=labels",
        remedies=("stratified-split",),
        explains=("DAT203", "DAT303", "EVL105", "EVL107", "CUR101", "CUR105"),
    )


def _severity(worst: _Missing) -> Severity:
    if worst.by_chance:
        return "note"
    is_unlearnable = worst.split == "validation" and worst.share >= MATTERS
    return "error" if is_unlearnable or worst.share >= HALF else "warning"


def _classes(number: int) -> str:
    return f"{number:,} class" if number == 1 else f"{number:,} classes"


def _line(side: _Missing) -> str:
    names = ", ".join(short(c) for c in side.classes[:8])
    more = ", ..." if len(side.classes) > 8 else ""
    what = "cannot be learned" if side.split == "validation" else "is never examined"
    where = "training" if side.split == "train" else "validation"
    return f"in {where} only, and so {what}: {names}{more} ({count(side.rows)} rows)"
