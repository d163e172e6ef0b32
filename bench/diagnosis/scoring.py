"""Counts over results: first, among the first three, false alarms, with Wilson's interval."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diagnosis.case import Truth
from diagnosis.running import Result
from diagnosis.said import Said

# States and references may stand beside any cause.
ALWAYS_BESIDE = ("CUR", "EVL109")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of cases with its 95 % interval."""

    value: float
    low: float
    high: float
    cases: int

    def __str__(self) -> str:
        return f"{self.value:.1%} [{self.low:.1%}, {self.high:.1%}] of {self.cases}"


def wilson(hits: float, cases: int, z: float = 1.96) -> Share:
    """Gives a share and Wilson's score interval (J. Am. Stat. Assoc. 22, 1927).

    `hits` may be a sum of means over seeds: seeds of a case are no cases of their own, so
    only cases count.
    """
    if not cases:
        return Share(0.0, 0.0, 1.0, 0)
    share = hits / cases
    scale = 1 + z * z / cases
    middle = (share + z * z / (2 * cases)) / scale
    reach = z / scale * math.sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases))
    return Share(share, max(middle - reach, 0.0), min(middle + reach, 1.0), cases)


def names_cause(said: Sequence[Said], truth: Truth, among: int) -> bool:
    """Says whether one of the first so many findings names the cause."""
    return any(truth.true & set(each.codes) for each in said[:among])


def found(results: Iterable[tuple[Sequence[Said], Truth]], among: int) -> Share:
    """Gives the share of cases whose cause is named, each case the mean over its seeds."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for said, truth in results:
        hits[truth.name].append(names_cause(said, truth, among))
    return wilson(sum(sum(each) / len(each) for each in hits.values()), len(hits))


def alarms(said: Iterable[Said]) -> list[Said]:
    """Gives the errors and warnings."""
    return [each for each in said if each.alarms]


def alarms_by_check(results: Iterable[Result]) -> Counter[str]:
    """Gives in how many runs each check gave an error or a warning."""
    return Counter(
        code
        for result in results
        for code in {code for each in alarms(result.said) for code in each.codes}
    )


def unsupported(said: Iterable[Said], truth: Truth) -> list[Said]:
    """Gives errors and warnings that neither name the cause nor may stand beside it."""
    right = truth.true | truth.beside
    return [
        each
        for each in alarms(said)
        if not any(code in right or code.startswith(ALWAYS_BESIDE) for code in each.codes)
    ]
