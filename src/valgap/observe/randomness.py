"""Every random state that Keras or its backend could draw from, kept and put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

Restore = Callable[[], None]


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Puts random states and Keras' name counters back on leaving, whatever happened within.

    Covers Python, NumPy, TensorFlow's eager context, torch, and Keras' global seed
    generator and object names: a clone made without this changes the *next* model.
    """
    restores = [_python(), _numpy(), _tensorflow(), _torch(), _keras()]
    try:
        yield
    finally:
        for restore in restores:
            restore()


def _python() -> Restore:
    state = random.getstate()
    return lambda: random.setstate(state)


def _numpy() -> Restore:
    state = np.random.get_state()
    return lambda: np.random.set_state(state)


def _tensorflow() -> Restore:
    module = sys.modules.get("tensorflow.python.eager.context")
    if module is None:
        return _nothing
    context: Any = module.context()
    # The context makes its generator when a seed is set; operations without a seed draw
    # theirs from it. Private, as there is no public way to read it.
    generator = getattr(context, "_rng", None)
    state = generator.getstate() if generator is not None else None

    def restore() -> None:
        if generator is not None:
            context._rng = generator
            generator.setstate(state)

    return restore


def _torch() -> Restore:
    torch: Any = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_rng_state"):
        return _nothing
    state = torch.get_rng_state()
    return lambda: torch.set_rng_state(state)


def _keras() -> Restore:
    module: Any = sys.modules.get("keras.src.backend.common.global_state")
    if module is None:
        return _nothing
    from keras.ops import convert_to_numpy

    names = dict(module.get_global_attribute("object_name_uids", {}) or {})
    generator = module.get_global_attribute("global_seed_generator")
    state = None if generator is None else convert_to_numpy(generator.state).copy()

    def restore() -> None:
        uids = module.get_global_attribute("object_name_uids")
        if uids is not None:
            uids.clear()
            uids.update(names)
        module.set_global_attribute("global_seed_generator", generator)
        if generator is not None:
            generator.state.assign(state)

    return restore


def _nothing() -> None:
    return None
