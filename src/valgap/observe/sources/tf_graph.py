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
    """Yields the names of the operations that the outputs are made of.

    Keras' layers draw their numbers in inference mode too and then leave them unused. In
    functions called from the graph all operations count.
    """
    library = {f.signature.name: f for f in function.graph.as_graph_def().library.function}
    pending = [output.op for output in function.outputs]
    seen: set[str] = set()
    while pending:
        operation = pending.pop()
        if operation.name in seen:
            continue
        seen.add(operation.name)
        yield operation.type
        yield from _called(operation.node_def, library)
        pending += [each.op for each in operation.inputs]


def _called(node: Any, library: dict[str, Any]) -> Iterator[str]:
    for attribute in node.attr.values():
        for called in (attribute.func, *attribute.list.func):
            body = library.pop(called.name, None)
            if body is not None:
                for inner in body.node_def:
                    yield inner.op
                    yield from _called(inner, library)


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
