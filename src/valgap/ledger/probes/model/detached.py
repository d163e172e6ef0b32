"""Inputs that the model does not read."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.ledger.clone import INFERENCE
from valgap.ledger.probes.model.permuted import with_leaf
from valgap.ledger.probes.model.subject import Subject, few
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, leaves, named_leaves

_ROWS, _SEED = 64, 20240619


def detached_inputs(subject: Subject) -> tuple[str, ...]:
    """Returns inputs whose rows can be exchanged without changing any output.

    Both at the start and at the end of the fit, and only where the outputs do depend on
    another input: a model that gives every row the same has another fault.
    """
    names = [name for name, _ in named_leaves(subject.held_out.x, "x")]
    if len(names) < 2:
        return ()
    table = few(subject.held_out, subject.within(_ROWS, 2 * (1 + len(names)), 0.2))
    try:
        sets = [_unread(subject, table, weights) for _, weights in subject.states()]
    finally:
        subject.rest()
    both = set.intersection(*sets)
    return () if len(both) == len(names) else tuple(names[i] for i in sorted(both))


def _unread(subject: Subject, table: Table, weights: list[np.ndarray]) -> set[int]:
    subject.clone.load(weights)
    before = _outputs(subject, table)
    found = set()
    for i, leaf in enumerate(leaves(table.x)):
        moved = _exchanged(leaf)
        if moved is None:  # all rows alike: nothing to tell
            continue
        after = _outputs(subject, with_leaf(table, i, lambda _, new=moved: new))
        if all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True)):
            found.add(i)
    return found


def _exchanged(leaf: np.ndarray) -> np.ndarray | None:
    moved = leaf[np.random.default_rng(_SEED).permutation(len(leaf))]
    return None if np.array_equal(moved, leaf) else moved


def _outputs(subject: Subject, table: Table) -> list[Any]:
    return list(leaves(concatenate(subject.forward.run(table, INFERENCE).predictions)))
