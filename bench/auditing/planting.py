"""Near duplicates planted across a split of a real set, and what counts as found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auditing.changes import CHANGES
from auditing.sets import Picture

JUDGED = Path(__file__).parent / "judged"
ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Planted:
    """Pictures with their split and kind (of a copy, else "original"); rows of one group are true.

    `rows` says which picture of the set each row is, or is a copy of.
    """

    pictures: list[Picture]
    is_train: np.ndarray
    kinds: np.ndarray
    rows: np.ndarray
    groups: np.ndarray


@dataclass(frozen=True, slots=True)
class Score:
    """How many copies of a kind were found, of how many, and how many pairs beside were wrong."""

    kind: str
    found: int
    planted: int
    wrong: int

    @property
    def recall(self) -> float:
        """Share of the copies that were found."""
        return self.found / self.planted

    @property
    def precision(self) -> float:
        """Share of what was told that is so, among this kind and the originals."""
        told = self.found + self.wrong
        return self.found / told if told else 1.0


def planted(name: str, pictures: list[Picture], most: int, copies: int, seed: int) -> Planted:
    """Splits at most `most` pictures in half and adds copies of each kind to validation.

    Every copy has its original in training; one original has several copies only where there
    are fewer than copies.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(pictures))[:most])
    is_train = rng.permutation(len(rows)) < len(rows) / 2
    kinds = [kind for kind in CHANGES for _ in range(copies)] if copies else []
    train = np.flatnonzero(is_train)
    rounds = [rng.permutation(train) for _ in range(-(-len(kinds) // len(train)))]
    sources = np.concatenate([*rounds, np.zeros(0, int)])[: len(kinds)].astype(int)
    made = [CHANGES[k](pictures[rows[s]], rng) for k, s in zip(kinds, sources, strict=True)]
    every = np.concatenate([rows, rows[sources]])
    return Planted(
        [pictures[row] for row in rows] + made,
        np.concatenate([is_train, np.zeros(len(made), bool)]),
        np.array([ORIGINAL] * len(rows) + kinds),
        every,
        natural_groups(name, pictures)[every],
    )


def natural_groups(name: str, pictures: list[Picture]) -> np.ndarray:
    """Gives a number to each picture, the same for twins that nobody planted.

    They are equal, or a person has called them so: `judged/SET.json` lists the pairs.
    """
    group = np.arange(len(pictures))
    seen: dict[bytes, int] = {}
    pairs = [
        (i, seen.setdefault(p.tobytes() + repr(p.shape).encode(), i))
        for i, p in enumerate(pictures)
    ]
    file = JUDGED / f"{name}.json"
    pairs += json.loads(file.read_text())["twins"] if file.exists() else []
    for one, other in pairs:
        if group[one] != group[other]:
            group[group == group[one]] = group[other]
    return group


def scores(data: Planted, pairs: Iterable[tuple[int, int]]) -> list[Score]:
    """Counts pairs across the split, by kind."""
    found: set[int] = set()
    wrong = dict.fromkeys([ORIGINAL, *CHANGES], 0)
    for one, other in pairs:
        if data.is_train[one] == data.is_train[other]:
            continue
        copy = max(one, other)
        if data.groups[one] == data.groups[other]:
            found.add(copy)
        else:
            wrong[str(data.kinds[copy])] += 1
    return [
        Score(
            kind,
            sum(data.kinds[i] == kind for i in found),
            int((data.kinds == kind).sum()),
            wrong[kind] + wrong[ORIGINAL],
        )
        for kind in CHANGES
        if (data.kinds == kind).any()
    ]
