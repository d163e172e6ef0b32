"""What all probes of one model share: the clone, the rows, the loss by row, the deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import Encoding, Task
from valgap.ledger.clone import Clone
from valgap.ledger.forward import Forward
from valgap.ledger.passes import Pass
from valgap.ledger.probes.clock import now
from valgap.ledger.score import Scorer
from valgap.observe.live import LiveFit
from valgap.observe.sources.base import Table, spread
from valgap.observe.sources.nested import leaves
from valgap.stats import paired

LEAST_ROWS = 32
"""The fewest rows that a probe is worth making on."""

Floats = NDArray[np.float64]
Weights = list[np.ndarray]


@dataclass(frozen=True, slots=True)
class Output:
    """One output: its name, and what its targets and its loss make of it.

    `loss` is the loss by its name in snake case, `logits` whether it takes scores.
    """

    name: str
    encoding: Encoding
    task: Task
    loss: str
    logits: bool | None


@dataclass(slots=True)
class Subject:
    """A clone loaded with the weights of the last epoch, and clean rows of both splits.

    Whoever loads other weights puts the last ones back (`rest`). `pace` is the seconds that a
    row takes in a forward pass.
    """

    live: LiveFit
    clone: Clone
    forward: Forward
    scorer: Scorer
    tables: Mapping[Split, Table]
    epoch: int
    last: Weights
    start: Weights | None
    deadline: float
    outputs: tuple[Output, ...] = ()
    pace: float = 0.0

    @property
    def model(self) -> Any:
        """The clone itself."""
        return self.clone.model

    @property
    def held_out(self) -> Table:
        """The validation rows, or the training rows of a fit without any."""
        return self.tables.get("validation") or self.tables["train"]

    @property
    def trained(self) -> Table:
        """The training rows, or the validation rows where those cannot be read."""
        return self.tables.get("train") or self.tables["validation"]

    @property
    def seconds_left(self) -> float:
        """The time that probes may still take."""
        return self.deadline - now()

    def within(self, rows: int, passes: float, share: float) -> int:
        """Returns how many of so many rows a share of the time left allows, but some always.

        Args:
            rows: as many as are wanted.
            passes: how many forward passes over them are made (a gradient counts for three).
            share: of the time left.
        """
        seconds = max(0.0, share * self.seconds_left)
        return min(rows, max(LEAST_ROWS, int(seconds / max(1e-9, passes * self.pace))))

    def rest(self) -> None:
        """Puts the weights of the last epoch back."""
        self.clone.load(self.last)

    def states(self) -> list[tuple[str, Weights]]:
        """The weights to measure at: of the start, where they were kept, and of the end."""
        start = [] if self.start is None else [("start", self.start)]
        return [*start, ("end", self.last)]

    def loss_rows(self, table: Table, run: Pass) -> Floats:
        """Returns what each row (or group of rows) contributes to the loss, without penalties."""
        return self.scorer.score(table, run, weighted=False).parts["loss"]

    def change(self, table: Table, before: Pass, after: Pass) -> Estimate:
        """Returns the change of the loss from one pass over the same rows to another."""
        return paired(self.loss_rows(table, after) - self.loss_rows(table, before))


def few(table: Table, rows: int) -> Table:
    """Returns rows spread over a table, in batches of its own size, whole ones if it can."""
    size = table.sizes[0]
    rows = min(rows, table.rows)
    rows = max(size, rows // size * size) if size <= rows else rows
    return table.take(spread(rows, table.rows), batch_size=min(size, rows))


def targets_of(y: Any, names: tuple[str, ...]) -> list[np.ndarray | None]:
    """Returns the target of each output, None where an output has none."""
    if isinstance(y, Mapping):
        return [None if y.get(name) is None else np.asarray(y[name]) for name in names]
    found: list[np.ndarray | None] = [np.asarray(leaf) for leaf in leaves(y)]
    return (found + [None] * len(names))[: len(names)]


def names_of(model: Any, predicted: Any) -> tuple[str, ...]:
    """Returns the names of the outputs, in the order of their leaves."""
    if isinstance(predicted, Mapping):
        return tuple(map(str, predicted))
    count = len(list(leaves(predicted)))
    names = getattr(model, "output_names", None) or ()
    if len(names) == count and len(set(names)) == count:
        return tuple(names)
    return ("output",) if count == 1 else tuple(f"output_{i}" for i in range(count))


def logits_of(run: Pass) -> list[np.ndarray | None]:
    """Returns the scores of each output over all rows, in the order of the leaves.

    A pass holds them as Keras flattens outputs, which sorts the keys of a dictionary.
    """
    count = len(run.logits[0])
    parts = [[of_batch[i] for of_batch in run.logits] for i in range(count)]
    flat = [None if any(p is None for p in ps) else np.concatenate(ps) for ps in parts]
    first = run.predictions[0]
    if not isinstance(first, Mapping):
        return flat
    place = {key: i for i, key in enumerate(sorted(first))}
    return [flat[place[key]] for key in first]


def row_elements(table: Table) -> int:
    """Returns how many numbers one row of inputs holds."""
    return sum(int(np.prod(leaf.shape[1:])) for leaf in leaves(table.x)) or 1
