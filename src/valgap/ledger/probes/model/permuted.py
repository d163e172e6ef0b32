"""What the order of time steps or frames is worth: the loss with them permuted, by input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.evidence.account import Estimate
from valgap.ledger.clone import INFERENCE
from valgap.ledger.probes.model.spying import input_of, seen
from valgap.ledger.probes.model.subject import LEAST_ROWS, Subject, few
from valgap.ledger.probes.model.units import measured_layers
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import leaves, map_leaves, named_leaves

_ROWS, _ELEMENTS, _SEED = 512, 16_000_000, 20240613
_FRAMES, _SERIES, _TOKENS = 5, 3, 2


def permuted(subject: Subject) -> dict[str, Estimate]:
    """Returns the change of the validation loss for each input that has steps or frames."""
    table = subject.held_out
    names = [name for name, _ in named_leaves(table.x, "x")]
    wanted = [i for i, leaf in enumerate(leaves(table.x)) if _has_steps(leaf)]
    tokens = [i for i, leaf in enumerate(leaves(table.x)) if leaf.ndim == _TOKENS]
    if tokens:
        embedded = _embedded(subject, table)
        wanted += [i for i in tokens if i in embedded]
    if not wanted:
        return {}
    size = sum(int(np.prod(leaf.shape[1:])) for leaf in leaves(table.x))
    rows = subject.within(_ROWS, 1 + len(wanted), 0.2)
    table = few(table, min(rows, max(LEAST_ROWS, _ELEMENTS // size)))
    before = subject.forward.run(table, INFERENCE)
    found = {}
    for i in wanted:
        after = subject.forward.run(with_leaf(table, i, _shuffled), INFERENCE)
        found[names[i]] = subject.change(table, before, after)
    return found


def _has_steps(leaf: np.ndarray) -> bool:
    return leaf.ndim in (_SERIES, _FRAMES) and leaf.shape[1] > 1


def _embedded(subject: Subject, table: Table) -> set[int]:
    """Inputs of (rows, steps) that an embedding reads as tokens, found by their values."""
    import keras

    inputs = list(leaves(table.x))
    found: set[int] = set()
    first = table.take(np.arange(min(table.sizes[0], table.rows)))

    def see(layer: Any, args: Any, kwargs: Any, output: Any) -> None:
        del layer, output
        for tensor in input_of(args, kwargs)[:1]:
            values = keras.ops.convert_to_numpy(tensor)
            found.update(i for i, leaf in enumerate(inputs) if _same(leaf[: len(values)], values))

    layers = [m for m in measured_layers(subject.model) if "Embedding" in type(m).__name__]
    if layers:
        from valgap.ledger.probes.model.spying import eager_pass

        with seen(layers, see):
            eager_pass(subject.clone, first)
    return found


def _same(leaf: np.ndarray, values: np.ndarray) -> bool:
    return leaf.shape == values.shape and leaf.shape[1] > 1 and np.array_equal(leaf, values)


def with_leaf(table: Table, place: int, change: Any) -> Table:
    """Returns a table with one of its inputs changed."""
    count: Iterator[int] = iter(range(len(list(leaves(table.x)))))
    return replace(
        table, x=map_leaves(lambda leaf: change(leaf) if next(count) == place else leaf, table.x)
    )


def _shuffled(leaf: np.ndarray) -> np.ndarray:
    """Steps of each row in an order of its own; steps of nothing but 0, as padding, stay put."""
    generator = np.random.default_rng(_SEED)
    found = leaf.copy()
    there = np.any(leaf.reshape(*leaf.shape[:2], -1) != 0, axis=-1)
    for row, own in enumerate(there):
        steps = np.flatnonzero(own)
        found[row, steps] = leaf[row, generator.permutation(steps)]
    return found
