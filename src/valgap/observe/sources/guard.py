"""Randomness of our own while rows are read; the script's is put back afterwards."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from valgap.observe.randomness import random_state_kept
from valgap.observe.sources.plan import SEED

Restore = Callable[[], None]


@contextmanager
def own_randomness(draw: int, *owners: object) -> Iterator[None]:
    """Seeds every generator that reading could draw from, by `draw`, and puts all back.

    Covers the global generators and those that stand as attributes of `owners` (NumPy,
    Python and Keras generators, and those of Keras layers).
    """
    with random_state_kept():
        restores = [_owned(value, SEED + draw) for owner in owners for value in _values(owner)]
        _seed_globals(SEED + draw)
        try:
            yield
        finally:
            for restore in restores:
                restore()


def _seed_globals(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    context: Any = sys.modules.get("tensorflow.python.eager.context")
    if context is not None and getattr(context.context(), "_rng", None) is not None:
        context.context()._rng = random.Random(seed)
    torch: Any = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "default_generator"):
        torch.default_generator.manual_seed(seed)
    state: Any = sys.modules.get("keras.src.backend.common.global_state")
    generator = None if state is None else state.get_global_attribute("global_seed_generator")
    if generator is not None:
        generator.state.assign([seed, 0])


def _values(owner: object) -> list[object]:
    return list(getattr(owner, "__dict__", {}).values())


def _owned(value: Any, seed: int) -> Restore:
    """Seeds one generator found as an attribute; gives back what restores it."""
    if isinstance(value, np.random.Generator):
        bits: Any = value.bit_generator
        state = bits.state
        bits.state = type(bits)(seed).state
        return lambda: setattr(bits, "state", state)
    if isinstance(value, np.random.RandomState):
        legacy = value.get_state()
        value.seed(seed)
        return lambda: value.set_state(legacy)
    if isinstance(value, random.Random):
        python = value.getstate()
        value.seed(seed)
        return lambda: value.setstate(python)
    if type(value).__module__.startswith("torch") and hasattr(value, "manual_seed"):
        torch_state = value.get_state()
        value.manual_seed(seed)
        return lambda: value.set_state(torch_state)
    return _all([_seeded(generator, seed) for generator in _keras_generators(value)])


def _keras_generators(value: Any) -> list[Any]:
    """Seed generators of Keras: the value itself, or those of a layer and its sublayers."""
    if type(value).__name__ == "SeedGenerator" and hasattr(value, "state"):
        return [value]
    if not hasattr(value, "_flatten_layers"):
        return []
    found = [getattr(layer, "generator", None) for layer in value._flatten_layers()]
    found += [getattr(layer, "seed_generator", None) for layer in value._flatten_layers()]
    return [generator for generator in found if hasattr(generator, "state")]


def _seeded(generator: Any, seed: int) -> Restore:
    state = np.array(generator.state)
    generator.state.assign([seed, 0])
    return lambda: generator.state.assign(state)


def _all(restores: list[Restore]) -> Restore:
    def restore() -> None:
        for each in restores:
            each()

    return restore
