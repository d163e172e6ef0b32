"""What a traced TensorFlow function does: random operations, Python, and its variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

_DRAWS = re.compile(
    r"Random|Multinomial|TruncatedNormal|StatefulUniform|StatefulStandardNormal"
    r"|Rng|SampleDistortedBoundingBox"
)


def operations(function: Any) -> Iterator[str]:
    """Yields the names of all operations, those of functions called from it too."""
    graph = function.graph.as_graph_def()
    for node in graph.node:
        yield node.op
    for called in graph.library.function:
        for node in called.node_def:
            yield node.op


def is_random(function: Any) -> bool:
    """Whether any operation draws random numbers."""
    return any(_DRAWS.search(name) for name in operations(function))


def is_seeded_inside(function: Any) -> bool:
    """Whether any random operation keeps its own state.

    Where a global seed is set, such an operation begins anew with each pass over the data.
    """
    return any(_DRAWS.search(n) and not n.startswith("Stateless") for n in operations(function))


def generator_states(function: Any) -> list[Any]:
    """The integer variables it uses that hold the state of a random generator.

    Two numbers for Keras' SeedGenerator, three for `tf.random.Generator`.
    """
    return [
        variable
        for variable in function.graph.variables
        if variable.dtype.is_integer and variable.shape.rank == 1 and variable.shape[0] in (2, 3)
    ]


def reseed(variable: Any, draw: int) -> np.ndarray:
    """Moves a generator's state to where `draw` begins; gives back what it was."""
    state: np.ndarray = variable.numpy().copy()
    moved = state.copy()
    moved[0] = np.array((int(state[0]) + (draw + 1) * 1_000_003) % 2**31).astype(state.dtype)
    variable.assign(moved)
    return state
