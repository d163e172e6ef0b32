"""Which rows train and which judge, in every phase of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valgap.treatment.jobs import Job, Phase

Ints = NDArray[np.int64]
# Seeds of the phases: those of one study are apart from each other and from those of the next.
OF_A_STUDY = 100_000
FIRST_SEED: dict[Phase, int] = {
    "noise": 0,
    "tune": 0,
    "race": 0,  # the noise of the patient is measured and settings are tuned on units of the race
    "combine": 0,
    "confirm": 20_000,
    "final": 40_000,
}


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Rows that train and rows that judge, by index, sorted; but in `Plan.whole` none does both."""

    train: Ints
    validation: Ints


@dataclass(frozen=True, slots=True)
class Scope:
    """The folds of one selection of remedies, by index in `Plan.folds`.

    Validation rows of `fresh` folds judge in no `race` fold: a remedy that fits the rows it was
    chosen on has no advantage when it is confirmed. `final` trains on all rows of the scope and
    is judged on rows outside of it; None where no rows are outside. `ratio` is judging rows per
    training row in a race or fresh fold.
    """

    race: tuple[int, ...]
    fresh: tuple[int, ...]
    final: int | None
    ratio: float
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The design of a study, fixed before anything is trained.

    `locked`: one scope, and locked rows that are looked at once, at the end. `nested`: too few
    rows for that; the whole selection is repeated in each scope of `outer`, and judged on rows
    it has not seen (repeated nested cross-validation). `repeats` is how many times the outer
    folds cover all rows. `whole` is a fold in which all rows train, for the model that is given
    back; they judge there, too, and their figure says nothing.
    """

    kind: Literal["locked", "nested"]
    seed: int
    folds: tuple[Fold, ...]
    main: Scope
    outer: tuple[Scope, ...] = ()
    repeats: int = 0
    whole: int | None = None
    locked: int = 0
    rows: int = 0
    groups: int | None = None
    notes: tuple[str, ...] = ()

    def unit(self, folds: tuple[int, ...], phase: Phase, number: int) -> tuple[int, int]:
        """Gives back fold and seed of a unit: folds take turns, no seed comes twice."""
        seed = OF_A_STUDY * self.seed + FIRST_SEED[phase] + number
        return folds[number % len(folds)], seed

    def job(self, arms: tuple[str, ...], folds: tuple[int, ...], phase: Phase, number: int) -> Job:
        """Gives back the job of some arms on a unit."""
        fold, seed = self.unit(folds, phase, number)
        return Job(arms, fold, seed, phase)

    def final_of(self, scope: Scope) -> Fold:
        """Gives back the rows of the last look."""
        assert scope.final is not None
        return self.folds[scope.final]
