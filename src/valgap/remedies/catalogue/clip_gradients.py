"""Gradients cut to a length."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.optimizers import with_settings

_CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")


@remedy(
    name="clip-gradients",
    treats=("FIT112", "MOD116", "FIT101"),
    room="compile",
    changed="gradients: all together of length 1 or 0.1 at most",
    options=("1", "0.1"),
    excludes=("adam",),
)
def clip_gradients(recipe: Recipe, option: str) -> Recipe:
    """Gradients of all weights together are shortened where they are longer than this.

    What it changes: `global_clipnorm` of the optimiser.

    When it helps: some batches throw the weights about, as in recurrent layers over many steps.

    What it can harm: plain SGD becomes slower where gradients are long all along.

    References: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural
    networks, 2013.
    """
    if any(recipe.optimizer["config"].get(name) for name in _CLIPS):
        raise CannotVaryError("gradients are clipped already")
    return with_settings(recipe, global_clipnorm=float(option))
