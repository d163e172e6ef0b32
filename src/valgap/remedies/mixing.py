"""Rows of training batches mixed with each other. Import it lazily: it is of Keras.

Nothing of it stays in the model: it can be saved and loaded without valgap.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


class MixRows(keras.callbacks.Callback):  # type: ignore[misc]
    """Mixes the rows of each training batch with others of it, targets and weights alike.

    It stands around the `train_step` of the one model that it is given, so that evaluation and
    the model itself know nothing of it; at the end it is taken off. A training batch comes last
    among the arguments on all backends; on jax the state of the optimiser comes before it.
    """

    place = 3
    stands_around_step = True

    def __init__(self, alpha: float, *, cut: bool = False) -> None:
        super().__init__()
        self.alpha, self.cut = alpha, cut

    def set_model(self, model: Any) -> None:
        """Stands around the training step; Keras makes its training function after this."""
        super().set_model(model)
        step, seed = model.train_step, int(np.random.randint(2**30))
        kind = keras.random.SeedGenerator(seed).state.dtype

        def mixed_step(*args: Any) -> Any:
            *state, data = args
            now = state[0][2][0] if state else model.optimizer.iterations
            return step(*state, self._mixed(data, _ByStep(seed, now, kind)))

        # Past the tracking of attributes by Keras.
        object.__setattr__(model, "train_step", mixed_step)

    def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
        """Takes it off again."""
        self.model.__dict__.pop("train_step", None)
        self.model.train_function = None

    def _mixed(self, data: Any, seeds: _ByStep) -> Any:
        x, y, w = keras.utils.unpack_x_y_sample_weight(data)
        ops, first = keras.ops, keras.tree.flatten(x)[0]
        others = keras.random.shuffle(ops.arange(ops.shape(first)[0]), seed=seeds)
        share = keras.random.beta((), self.alpha, self.alpha, seed=seeds)
        if self.cut:
            box, share = _box(first, share, seeds)
            x = keras.tree.map_structure(
                lambda leaf: ops.where(box, ops.take(leaf, others, axis=0), leaf), x
            )
        else:
            x = keras.tree.map_structure(lambda leaf: _between(leaf, others, share), x)
        if w is None:
            return x, keras.tree.map_structure(lambda leaf: _between(leaf, others, share), y)
        mean = _between(w, others, share)

        def weighed(leaf: Any) -> Any:
            by_row = (-1, *[1] * (len(leaf.shape) - 1))
            weights, total = ops.reshape(w, by_row), ops.reshape(mean, by_row)
            wide = ops.cast(leaf, "float32") * ops.cast(weights, "float32")
            return _between(wide, others, share) / ops.maximum(ops.cast(total, "float32"), 1e-7)

        return x, keras.tree.map_structure(weighed, y), mean


def _between(leaf: Any, others: Any, share: Any) -> Any:
    ours = keras.ops.cast(leaf, "float32")
    return share * ours + (1 - share) * keras.ops.take(ours, others, axis=0)


def _box(pictures: Any, share: Any, seeds: _ByStep) -> tuple[Any, Any]:
    """A box of 1 - share of the area about a place at random, cut at the border; and the rest."""
    ops = keras.ops
    shape = ops.shape(pictures)
    high, wide = shape[-3], shape[-2]
    inside, area = [], 1.0
    for side in (high, wide):
        size = ops.cast(side, "float32")
        centre = keras.random.uniform((), seed=seeds) * size
        half = ops.sqrt(1 - share) * size / 2
        places = ops.cast(ops.arange(side), "float32") + 0.5
        inside.append(ops.abs(places - centre) <= half)
        area = area * ops.mean(ops.cast(inside[-1], "float32"))
    box = inside[0][:, None, None] & inside[1][None, :, None]
    return box, 1 - area


class _ByStep(keras.random.SeedGenerator):  # type: ignore[misc]
    """Seeds from the number of the step: a generator with a state could not be used on jax."""

    def __init__(self, seed: int, step: Any, kind: str) -> None:
        self.base, self.step, self.kind, self.drawn = seed, step, kind, 0

    def next(self, ordered: bool = True) -> Any:  # noqa: ARG002
        """Returns another seed each time, of each step another."""
        self.drawn += 1
        now = keras.ops.cast(self.step, self.kind)
        fixed = keras.ops.convert_to_tensor(self.base + self.drawn, dtype=self.kind)
        return keras.ops.stack([fixed, now])
