"""Whether validation is the last rows of an array, and those stand in the order of their class."""

from __future__ import annotations

import math

from valgap.case import Case, finite
from valgap.checks.class_counts import SURE, ClassCounts
from valgap.checks.outcome import MATTERS
from valgap.evidence.rows import TargetRecord

# A quarter of the runs that a random order has, far beyond its scatter (Wald and Wolfowitz,
# 1940; 3.7 standard deviations are a false-alarm rate of SURE).
FEW_RUNS, DEVIATIONS = 0.25, 3.7


def _takes_last_rows(case: Case) -> bool:
    """Whether the last rows are cut off by a share: by Keras, or as an audit was told."""
    stated = case.is_audit and case.fit.arguments.get("split", "").startswith("last ")
    return stated or has_validation_split(case)


def has_validation_split(case: Case) -> bool:
    """Whether Keras itself cuts off the last rows; data given beside it takes precedence."""
    if case.fit.arguments.get("validation_data", "None") != "None":
        return False
    try:
        return 0 < float(case.fit.arguments.get("validation_split", "")) < 1
    except ValueError:
        return False


def is_cut(case: Case, counts: ClassCounts) -> bool:
    """Whether training rows are in order and validation is what comes after them."""
    if _takes_last_rows(case) and (is_ordered(counts.train_record) or _stands_last(counts)):
        return True
    both_sorted = counts.train_record.sorted_by_class and (
        counts.validation_record.sorted_by_class or len(counts.validation) == 1
    )
    parted = counts.only_in("validation") or counts.only_in("train")
    return both_sorted and bool(parted) and _follow_on(counts)


def _stands_last(counts: ClassCounts) -> bool:
    """Whether classes that matter have all their rows among the last ones, and not by chance.

    Other classes may stand in any order.
    """
    total = sum(counts.validation.values())
    return sum(counts.validation[c] for c in last_classes(counts)) >= MATTERS * max(1, total)


def last_classes(counts: ClassCounts) -> list[str]:
    """Classes whose rows are all among the last ones, which no random order brings about."""
    classes = counts.train.keys() | counts.validation.keys()
    here, there = (sum(of.values()) for of in (counts.train, counts.validation))
    log_share = math.log(there / (here + there))
    sure = math.log(SURE / len(classes))
    alone = counts.only_in("validation")
    return [c for c in alone if counts.validation[c] * log_share < sure]


def is_ordered(target: TargetRecord) -> bool:
    """Whether rows stand in few runs of equal labels, as far as their order is known."""
    if target.sorted_by_class:
        return True
    if target.runs is None or not finite(target.runs_expected) or not finite(target.runs_z):
        return True  # not known, and a random order does not lose classes at its end
    return target.runs <= FEW_RUNS * target.runs_expected and target.runs_z < -DEVIATIONS


def _follow_on(counts: ClassCounts) -> bool:
    """Whether the classes of one side come after those of the other, the last one shared."""
    try:
        train, val = (sorted(int(c) for c in of) for of in (counts.train, counts.validation))
    except ValueError:  # names, which an audit knows; as text they are in order too
        first, other = sorted(counts.train), sorted(counts.validation)
        return first[-1] <= other[0] or other[-1] <= first[0]
    return train[-1] <= val[0] or val[-1] <= train[0]
