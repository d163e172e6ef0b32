"""A quarter of the units and filters: MOD105, CUR101, and the rival of much else."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.widths import with_widths
from valgap.observe.recipe import Recipe

FACTOR = 0.25


@experiment(
    name="smaller-model",
    settles=("MOD105", "CUR101"),
    varied="units and filters of hidden layers: a quarter",
    held="kinds and order of layers, the head, data, split, seed, epochs and all other settings",
    costs=1.0,
)
def smaller_model(recipe: Recipe, option: str) -> Recipe:
    """The same fit with a quarter of the units and filters in hidden layers.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that size is not what makes them worse.

    References: Geman et al., Neural Networks and the Bias/Variance Dilemma, 1992.
    """
    return with_widths(recipe, FACTOR)
