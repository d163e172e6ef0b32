"""A lower learning rate: FIT101 and FIT107."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import with_rate
from valgap.observe.recipe import Recipe


@experiment(
    name="rate-lowered",
    settles=("FIT101", "FIT107", "MOD116", "FIT112"),
    varied="the learning rate: a tenth, a hundredth or a thousandth",
    options=("0.1", "0.01", "0.001"),
)
def rate_lowered(recipe: Recipe, option: str) -> Recipe:
    """The same fit at a tenth, a hundredth or a thousandth of its learning rate.

    What confirms: validation rows score clearly better at one of them. What refutes: they
    score no better at any, though the fit is as long.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    return with_rate(recipe, float(option))
