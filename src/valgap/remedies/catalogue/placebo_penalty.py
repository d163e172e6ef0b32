"""A placebo: a penalty of next to nothing."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, keras_object, with_layers
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy

FACTOR = 1e-12


@remedy(
    name="placebo-penalty",
    treats=(),
    room="model",
    changed="penalties on weights: of 1e-12 where there are none (placebo)",
    placebo=True,
    order=3,
)
def placebo_penalty(recipe: Recipe, option: str) -> Recipe:
    """Nothing that matters: a penalty below what single precision can tell from none.

    What it changes: `kernel_regularizer` of layers without one: L2 of 1e-12.

    When it helps: never. What it seems to do is what chance does, and so it is raced along.

    What it can harm: nothing.

    References: Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks, 2021.
    """
    penalty = keras_object("keras.regularizers", "L2", l2=FACTOR)

    def change(_: str, config: Config) -> bool:
        is_free = "kernel_regularizer" in config and config["kernel_regularizer"] is None
        if is_free:
            config["kernel_regularizer"] = dict(penalty)
        return is_free

    try:
        return with_layers(recipe, change)
    except CannotVaryError:
        raise CannotVaryError("no layer has a kernel without a penalty") from None
