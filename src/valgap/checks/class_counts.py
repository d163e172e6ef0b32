"""Rows by class in both splits: shares, how they differ, recall over several classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.reference_skill import clipped
from valgap.evidence.account import Estimate
from valgap.evidence.records import DataRecord, Split
from valgap.evidence.rows import TargetRecord

# False alarms of a whole run at 1 %, over some 90 checks: DESIGN section 6.
SURE = 1e-4
# Chi-square wants five rows expected in each cell: Cochran, Biometrics 10, 1954.
EXPECTED_ROWS = 5
# Below two rows a class the classes are numbers rather.
ROWS_A_CLASS = 2
Z = 1.96


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """One target that names classes: rows by class in both splits, classes without rows left out.

    `at` is the position of its output; `is_whole` says by split whether all rows were read.
    """

    at: int
    train: Mapping[str, int]
    validation: Mapping[str, int]
    train_record: TargetRecord
    validation_record: TargetRecord
    is_whole: Mapping[Split, bool]

    @property
    def common(self) -> tuple[str, ...]:
        """The classes that stand in both splits."""
        return tuple(c for c in self.train if c in self.validation)

    def only_in(self, split: Split) -> tuple[str, ...]:
        """Gives back the classes that one split alone holds."""
        here, there = self.of(split), self.of("validation" if split == "train" else "train")
        return tuple(c for c in here if c not in there)

    def of(self, split: Split) -> Mapping[str, int]:
        """Gives back the rows by class of one split."""
        return self.train if split == "train" else self.validation


def class_counts(case: Case) -> tuple[ClassCounts, ...]:
    """Gives back the rows by class of each target that names classes, both splits known."""
    pairs = zip(case.targets("train"), case.targets("validation"), strict=False)
    found = (_counted(case, at, train, val) for at, (train, val) in enumerate(pairs))
    return tuple(counts for counts in found if counts is not None)


def _counted(case: Case, at: int, train: TargetRecord, val: TargetRecord) -> ClassCounts | None:
    if any(t.encoding not in ("one-hot", "classes") for t in (train, val)):
        return None
    by_class = [{c: n for c, n in t.counts.items() if n > 0} for t in (train, val)]
    if any(sum(t.counts.values()) > t.rows for t in (train, val)):
        return None  # masks hold many labels a row
    if not all(by_class) or sum(by_class[0].values()) < ROWS_A_CLASS * len(by_class[0]):
        return None
    whole: dict[Split, bool] = {
        "train": _is_whole(train, case.fit.train),
        "validation": _is_whole(val, case.fit.validation),
    }
    return ClassCounts(at, by_class[0], by_class[1], train, val, whole)


def _is_whole(target: TargetRecord, split: DataRecord | None) -> bool:
    return split is not None and split.rows is not None and target.rows >= split.rows


def shares(counts: Mapping[str, int], of: Iterable[str]) -> dict[str, float]:
    """Gives back the share of each class among the rows of some classes."""
    named = list(of)
    rows = max(1, sum(counts.get(c, 0) for c in named))
    return {c: counts.get(c, 0) / rows for c in named}


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Gives back the share of rows that would have to change class: total variation."""
    return 0.5 * sum(abs(share - other.get(c, 0.0)) for c, share in one.items())


def chance_of(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Gives back the p value of Pearson's chi-square that two sets have the same shares.

    Classes of few rows are counted as one.
    """
    from scipy.special import chdtrc  # scipy.stats takes a second to import

    sizes = sum(one.values()), sum(other.values())
    if min(sizes) == 0:
        return 1.0
    cells, rare = list[tuple[float, float]](), [0.0, 0.0]
    for name in one.keys() | other.keys():
        seen = one.get(name, 0), other.get(name, 0)
        if sum(seen) * min(sizes) / sum(sizes) >= EXPECTED_ROWS:
            cells.append(seen)
        else:
            rare = [rare[0] + seen[0], rare[1] + seen[1]]
    if sum(rare) * min(sizes) / sum(sizes) >= EXPECTED_ROWS:
        cells.append((rare[0], rare[1]))
    if len(cells) < 2:
        return 1.0
    terms = (
        (seen[i] - expected) ** 2 / expected
        for seen in cells
        for i in (0, 1)
        if (expected := sum(seen) * sizes[i] / sum(sizes)) > 0
    )
    return float(chdtrc(len(cells) - 1, math.fsum(terms)))


def recalls(case: Case, at: int, split: Split = "validation") -> Mapping[str, Estimate]:
    """Gives back the own model's recall by class at one output, those that are numbers."""
    made = case.predictions(split)
    found = made[at].recalls if at < len(made) else {}
    return {c: e for c, e in found.items() if finite(e.value) and e.n}


def pooled(
    by_class: Mapping[str, Estimate], classes: Iterable[str], claims: int = 1
) -> Estimate | None:
    """Gives back the share of right rows over some classes, with Wilson's interval.

    Args:
        by_class: shares of right rows, with the rows they rest on.
        classes: which of them to put together.
        claims: of how many shares the one of interest was picked; the interval is wider for it
            (Bonferroni).
    """
    known = [(by_class[c].value, by_class[c].n or 0) for c in classes if c in by_class]
    rows = sum(n for _, n in known)
    if not rows:
        return None
    p, z = clipped(math.fsum(value * n for value, n in known) / rows), _z(claims)
    centre, spread = p + z**2 / (2 * rows), math.sqrt(p * (1 - p) / rows + (z / (2 * rows)) ** 2)
    below = 1 + z**2 / rows
    return Estimate(p, (centre - z * spread) / below, (centre + z * spread) / below, rows)


def _z(claims: int) -> float:
    from statistics import NormalDist

    return Z if claims <= 1 else NormalDist().inv_cdf(1 - 0.025 / claims)
