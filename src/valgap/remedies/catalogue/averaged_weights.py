"""Weights averaged over the last steps."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.optimizers import steps_of, with_settings

# A moving average over so large a part of the fit.
PART = 0.1


@remedy(
    name="averaged-weights",
    treats=("CUR103", "FIT107", "FIT113"),
    room="compile",
    changed="the weights in the end: their moving average over a tenth of the steps",
    excludes=("keep-best-epoch", "adam"),
    order=11,
)
def averaged_weights(recipe: Recipe, option: str) -> Recipe:
    """The weights in the end are a moving average over about the last tenth of the steps.

    What it changes: `use_ema` of the optimiser; Keras puts the averages in place of the weights
    when the fit ends. The momentum is 1 - 1 / (a tenth of all steps), from 0.5 to 0.999.

    When it helps: the last epochs are noisy, as at a rate or in batches that are not small
    enough for the end.

    What it can harm: batch statistics are those of weights on the way: re-estimate them
    (reestimate-statistics). A short fit is averaged with weights that had learned little.

    References: Izmailov et al., Averaging Weights Leads to Wider Optima and Better
    Generalization, 2018; Keras documentation, Optimizer (use_ema).
    """
    if recipe.optimizer["config"].get("use_ema"):
        raise CannotVaryError("weights are averaged already")
    momentum = min(0.999, max(0.5, 1 - 1 / max(1.0, PART * steps_of(recipe))))
    return with_settings(recipe, use_ema=True, ema_momentum=momentum, ema_overwrite_frequency=None)
