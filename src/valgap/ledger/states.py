"""The counterfactual states of one epoch: the same weights, one thing changed from each to next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valgap.ledger import clone as modes
from valgap.ledger.forward import Forward, weight_penalty
from valgap.ledger.passes import Pass
from valgap.ledger.score import Scorer, Scores
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import is_nested, leaves

StateName = Literal[
    "trained",
    "without-penalties",
    "without-weights",
    "without-augmentation",
    "without-noise",
    "inference",
    "validation-clean",
    "validation-fed",
    "validation-weighted",
    "validation-logged",
    "noise-on-moving",
]


# Beside the account, only told of: it needs no five draws as rows of the account do.
INTERACTION_DRAWS = 2


@dataclass(frozen=True, slots=True)
class Draws:
    """A view of a split: its first table, and the further draws, read when they are wanted.

    No two further draws are held at once, so that five cost the memory of two.
    """

    first: Table
    further: tuple[Callable[[], Table], ...] = ()

    def __len__(self) -> int:
        return 1 + len(self.further)

    def __iter__(self) -> Iterator[Table]:
        yield self.first
        for read in self.further:
            yield read()


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of one fit. Random views hold several draws; `None`: cannot be had."""

    train_fed: Draws | None
    train_clean: Table | None
    validation_clean: Table | None
    validation_fed: Draws | None


@dataclass(frozen=True, slots=True)
class State:
    """Scores in one state, the mean over its draws, and the variance that redrawing leaves.

    `draw_variance[f]` is the variance of one draw's figure; 0 where nothing is random.
    `mean_weight` is that of the rows, where they were weighted.
    """

    split: Literal["train", "validation"]

    scores: Scores
    draws: int
    draw_variance: dict[str, float]
    ids: NDArray[np.int64]
    sizes: tuple[int, ...]
    mean_weight: float | None = None


States = dict[StateName, State]


@dataclass(slots=True)
class Evaluator:
    """Evaluates the states of one epoch on a loaded clone."""

    forward: Forward
    scorer: Scorer
    draws: int
    always_random: bool = False  # inference draws at random too
    _split: Literal["train", "validation"] = "train"

    def train_states(self, tables: Tables, weights: list[np.ndarray]) -> States:
        """Returns the training side, from the figure as trained to clean inference."""
        states: States = {}
        self._split = "train"
        clone, model = self.forward.clone, self.forward.clone.model
        clone.load(weights)
        penalty = weight_penalty(model)
        random = self._random_layers(("augmentation", "noise", "unknown"))
        if tables.train_fed is not None:
            fed = self._passes(tables.train_fed, modes.FULL, random)
            states["trained"] = self._state(fed, weighted=True, penalty=penalty)
            states["without-penalties"] = self._state(fed, weighted=True)
            states["without-weights"] = self._state(fed, weighted=False)
        clean = tables.train_clean
        if clean is not None:
            noisy = self._random_layers(("noise", "unknown"))
            once = Draws(clean)
            if self._nothing_to_take_away(tables):
                # A second set of draws would differ by their noise, which is no augmentation.
                states["without-augmentation"] = states["without-weights"]
            else:
                states["without-augmentation"] = self._state(
                    self._passes(once, modes.NO_AUGMENTATION, noisy), weighted=False
                )
            states["without-noise"] = self._state(
                self._passes(once, modes.NO_NOISE, self._random_layers(("unknown",))),
                weighted=False,
            )
            clone.load(weights)  # training passes moved the statistics
            states["inference"] = self._state(
                self._passes(once, modes.INFERENCE, self._random_layers(())), weighted=False
            )
            if self.draws > 1 and clone.kinds["noise"] and clone.kinds["batch-statistics"]:
                few = min(noisy, INTERACTION_DRAWS)
                states["noise-on-moving"] = self._state(
                    self._passes(once, modes.NOISE_ON_MOVING, few), weighted=False
                )
        return states

    def validation_states(self, tables: Tables, weights: list[np.ndarray]) -> States:
        """Returns the validation side, from clean inference to the figure as logged.

        The clean state needs the weights of the end of the epoch to be loaded already;
        the others are made with `weights`, which evaluation may have swapped in.
        """
        states: States = {}
        self._split = "validation"
        clone = self.forward.clone
        if tables.validation_clean is not None:
            run = self._passes(
                Draws(tables.validation_clean), modes.INFERENCE, self._random_layers(())
            )
            states["validation-clean"] = self._state(run, weighted=False)
        clone.load(weights)
        if tables.validation_fed is not None:
            fed = self._passes(tables.validation_fed, modes.INFERENCE, self._random_layers(()))
            penalty = weight_penalty(clone.model)
            states["validation-fed"] = self._state(fed, weighted=False)
            states["validation-weighted"] = self._state(fed, weighted=True)
            states["validation-logged"] = self._state(fed, weighted=True, penalty=penalty)
        return states

    def _nothing_to_take_away(self, tables: Tables) -> bool:
        """Whether the rows as fed are the clean ones, and no layer transforms them."""
        clean, kinds = tables.train_clean, self.forward.clone.kinds
        draws = tables.train_fed
        if clean is None or draws is None or kinds["augmentation"] or len(draws) > 1:
            return False
        fed = draws.first
        pairs = zip(leaves(fed.x), leaves(clean.x), strict=True)
        return fed.sizes == clean.sizes and all(np.array_equal(a, b) for a, b in pairs)

    def _random_layers(self, kinds: tuple[str, ...]) -> int:
        """How many draws a table is worth: more than one only where a layer draws."""
        present = any(self.forward.clone.kinds[kind] for kind in kinds)  # type: ignore[index]
        return self.draws if present or self.always_random else 1

    def _passes(self, tables: Draws, mode: modes.Mode, draws: int) -> list[tuple[Table, Pass]]:
        several = tables if len(tables) > 1 else [tables.first] * draws
        # To score, only targets are needed: the inputs of a draw are let go.
        return [(replace(t, x=None), self.forward.run(t, mode)) for t in several]

    def _state(
        self, runs: list[tuple[Table, Pass]], *, weighted: bool, penalty: float | None = None
    ) -> State:
        every = [
            self.scorer.score(
                table,
                run,
                weighted=weighted,
                penalties=None if penalty is None else penalty + run.own_losses,
                intervals=self.draws > 1 and i == 0,
            )
            for i, (table, run) in enumerate(runs)
        ]
        table, split = runs[0][0], self._split
        spread = {
            f: float(np.var([s.values[f] for s in every], ddof=1)) if len(every) > 1 else 0.0
            for f in every[0].values
        }
        scores = every[0].averaged(every[1:])
        mean = _mean_weight(table) if weighted else None
        return State(split, scores, len(every), spread, table.ids, table.sizes, mean)


def _mean_weight(table: Table) -> float | None:
    if table.w is None or is_nested(table.w):
        return None
    return float(np.mean(table.w))
