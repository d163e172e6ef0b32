"""Four times the units and filters: MOD119, CUR102, and the rival of much else."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.widths import with_widths
from valgap.observe.recipe import Recipe

FACTOR = 4.0


@experiment(
    name="larger-model",
    settles=("MOD119", "CUR102"),
    varied="units and filters of hidden layers: times four",
    held="kinds and order of layers, the head, data, split, seed, epochs and all other settings",
    costs=8.0,
)
def larger_model(recipe: Recipe, option: str) -> Recipe:
    """The same fit with four times the units and filters in hidden layers.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that size is not what lacks.

    References: Belkin et al., Reconciling Modern Machine Learning Practice and the
    Bias-Variance Trade-Off, 2019.
    """
    return with_widths(recipe, FACTOR)
