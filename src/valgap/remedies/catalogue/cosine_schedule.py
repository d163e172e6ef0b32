"""A learning rate that falls to 0 along half a cosine."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import keras_object, without_callbacks
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.optimizers import steps_of, with_settings


@remedy(
    name="cosine-schedule",
    treats=("CUR103", "CUR105", "FIT107", "FIT118"),
    room="compile",
    changed="the learning rate: falls to 0 over the fit, along a cosine",
    excludes=("slower-schedule",),
    order=11,
)
def cosine_schedule(recipe: Recipe, option: str) -> Recipe:
    """The learning rate falls from its first value to 0 over all steps of the fit.

    What it changes: the rate becomes `CosineDecay` of Keras. Schedules by callback
    (LearningRateScheduler, ReduceLROnPlateau) are left out, as they cannot set it. The number
    of steps is that of the recipe: shorten the recipe first, where it is to be shortened.

    When it helps: the last epochs are noisy, or the rate is high for them.

    What it can harm: a fit that is stopped early has not come down; a fit that was too short
    becomes shorter still.

    References: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts,
    2017.
    """
    rate = recipe.optimizer["config"].get("learning_rate")
    if not isinstance(rate, (int, float)):
        raise CannotVaryError("the learning rate has a schedule already, or is not known")
    made = keras_object(
        "keras.optimizers.schedules",
        "CosineDecay",
        initial_learning_rate=float(rate),
        decay_steps=steps_of(recipe),
    )
    changed = with_settings(recipe, learning_rate=made)
    kept = without_callbacks(recipe, "LearningRateScheduler", "ReduceLROnPlateau")
    return replace(changed, callbacks=kept)
