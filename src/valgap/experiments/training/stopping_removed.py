"""Training to the end: FIT117."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import without_callbacks
from valgap.observe.recipe import Recipe


@experiment(
    name="stopping-removed",
    settles=("FIT117",),
    varied="early stopping and cuts of the rate on a plateau: none",
    held="data, split, seed, the number of epochs asked for and all other settings",
    costs=3.0,
)
def stopping_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit for all its epochs, neither stopped nor slowed by what it monitors.

    What confirms: validation rows score clearly better at its end. What refutes: they score
    no better, so that stopping lost nothing.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    kept = without_callbacks(recipe, "EarlyStopping", "ReduceLROnPlateau")
    if len(kept) == len(recipe.callbacks):
        raise CannotVaryError("nothing stops the fit or cuts its rate")
    return replace(recipe, callbacks=kept)
