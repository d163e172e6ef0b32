"""From the answers of peers to paired differences on the same rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treating.figures import (
    Figure,
    Of,
    drawn,
    error_ratio,
    figure,
    mean_with_interval,
    outcome,
    scores,
)

OURS = "valgap treat"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All peers on the pool of one data set: answers by peer, shape (rows,)."""

    name: str
    seed: int
    of: Of
    targets: NDArray[Any]
    answers: Mapping[str, NDArray[Any]]

    def drawn(self) -> dict[str, NDArray[np.float64]]:
        """Gives the scores of each peer over the same draws of rows."""
        weights = drawn(self.targets, self.of, 0)
        return {
            peer: scores(self.targets, answers, self.of, weights)
            for peer, answers in self.answers.items()
        }

    def figures(self) -> dict[str, Figure]:
        """Gives the score of each peer."""
        return {peer: figure(values) for peer, values in self.drawn().items()}

    def differences(self) -> dict[str, Figure]:
        """Gives ours - theirs by peer, on the same rows; none where we gave no answer."""
        values = self.drawn()
        if OURS not in values:
            return {}
        return {p: figure(values[OURS] - v) for p, v in values.items() if p != OURS}

    def ratio(self, but: Sequence[str] = ()) -> float | None:
        """Gives our error as a multiple of that of the best peer, some left out."""
        found = {peer: f.value for peer, f in self.figures().items()}
        others = [value for peer, value in found.items() if peer not in (OURS, *but)]
        return error_ratio(found[OURS], others) if OURS in found and others else None


@dataclass(frozen=True, slots=True)
class Against:
    """How we did against one peer over data sets."""

    peer: str
    wins: int
    ties: int
    losses: int
    mean: Figure


def against(every: Sequence[Judged]) -> Iterator[Against]:
    """Gives a line a peer: wins, ties, losses, and the mean difference over data sets."""
    ended: dict[str, Counter[str]] = defaultdict(Counter)
    means: dict[str, list[float]] = defaultdict(list)
    for judged in every:
        for peer, difference in judged.differences().items():
            ended[peer][outcome(difference)] += 1
            means[peer].append(difference.value)
    for peer, n in ended.items():
        mean = mean_with_interval(means[peer])
        yield Against(peer, n["win"], n["tie"], n["loss"], mean)


def median_ratio(every: Sequence[Judged], but: Sequence[str] = ()) -> float | None:
    """Gives the median error ratio to the best peer; below 1 we are better than all of them."""
    ratios = [r for judged in every if (r := judged.ratio(but)) is not None]
    return median(ratios) if ratios else None
