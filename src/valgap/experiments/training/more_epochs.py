"""More epochs: FIT103, and the rival of much else."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import experiment
from valgap.observe.recipe import Recipe


@experiment(
    name="more-epochs",
    settles=("FIT103",),
    varied="the number of epochs: three times as many",
    held="data, split, seed and all other settings",
    costs=3.0,
)
def more_epochs(recipe: Recipe, option: str) -> Recipe:
    """The same fit for three times as many epochs.

    What confirms: validation rows score clearly better at its end. What refutes: they score
    no better, though training went on.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    return replace(recipe, epochs=3 * recipe.epochs)
