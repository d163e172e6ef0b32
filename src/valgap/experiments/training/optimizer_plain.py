"""Adam at its usual rate: FIT116 and FIT102."""

from __future__ import annotations

import math
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import keras_object
from valgap.observe.recipe import Recipe

RATE = 0.001
_EXTRAS = ("amsgrad", "clipnorm", "clipvalue", "global_clipnorm", "use_ema", "weight_decay")


@experiment(
    name="optimizer-plain",
    settles=("FIT116", "FIT102"),
    varied="the optimiser: Adam at a rate of 0.001",
)
def optimizer_plain(recipe: Recipe, option: str) -> Recipe:
    """The same fit with Adam at its usual rate, without clipping, decay or schedule.

    What confirms: validation rows score clearly better. What refutes: they score no better.

    References: Kingma and Ba, Adam, 2015; Schmidt et al., Descending through a Crowded
    Valley, 2021.
    """
    config = recipe.optimizer["config"]
    rate = config.get("learning_rate")
    # Keras gives it back in single precision.
    is_usual = isinstance(rate, float) and math.isclose(rate, RATE, rel_tol=1e-5)
    is_plain = is_usual and not any(config.get(name) for name in _EXTRAS)
    if recipe.optimizer["class_name"] == "Adam" and is_plain:
        raise CannotVaryError("the optimiser is Adam at 0.001 already")
    plain = keras_object("keras.optimizers", "Adam", learning_rate=RATE)
    return replace(recipe, optimizer=plain)
