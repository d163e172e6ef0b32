"""Randomness of our own while rows are read; the script's is put back afterwards."""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

from valgap.observe.randomness import random_state_kept
from valgap.observe.sources.plan import SEED

Restore = Callable[[], None]


@contextmanager
def own_randomness(draw: int, *owners: object) -> Iterator[None]:
    """Seeds every generator that reading could draw from, by `draw`, and puts all back.

    Covers the global generators, those of NumPy, Python and torch that stand as attributes
    of `owners`, and every SeedGenerator of Keras that is asked for a number meanwhile.
    """
    with random_state_kept(), _keras_generators_kept(SEED + draw):
        restores = [_owned(value, SEED + draw) for owner in owners for value in _values(owner)]
        _seed_globals(SEED + draw)
        try:
            yield
        finally:
            # In reverse: two owners may share one generator.
            for restore in reversed(restores):
                restore()


@contextmanager
def _keras_generators_kept(seed: int) -> Iterator[None]:
    module: Any = sys.modules.get("keras.src.random.seed_generator")
    if module is None:
        yield
        return
    seen: dict[int, tuple[Any, np.ndarray]] = {}
    # Not through an outer guard, which would take our seed for the script's state.
    original = getattr(module.SeedGenerator.next, "_unguarded", module.SeedGenerator.next)

    @functools.wraps(original)
    def following(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self) not in seen and _is_eager():
            seen[id(self)] = (self, self.state.numpy().copy())
            self.state.assign([seed, 0])
        return original(self, *args, **kwargs)

    following._unguarded = original  # type: ignore[attr-defined]
    with patch.object(module.SeedGenerator, "next", following):
        try:
            yield
        finally:
            for generator, state in seen.values():
                generator.state.assign(state)


def _is_eager() -> bool:
    tensorflow: Any = sys.modules.get("tensorflow")
    return tensorflow is None or bool(tensorflow.executing_eagerly())


def _seed_globals(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    context: Any = sys.modules.get("tensorflow.python.eager.context")
    if context is not None and getattr(context.context(), "_rng", None) is not None:
        context.context()._rng = random.Random(seed)
    torch: Any = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "default_generator"):
        torch.default_generator.manual_seed(seed)


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
    return lambda: None
