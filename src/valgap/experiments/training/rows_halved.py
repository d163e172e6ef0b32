"""Half of the training rows: DAT206."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import parted, strata_of, whole_steps, with_rows
from valgap.observe.recipe import Recipe

LEAST_ROWS = 8


@experiment(
    name="rows-halved",
    settles=("DAT206",),
    varied="training rows: a random half",
    held="the number of steps (epochs are twice as many), validation rows, seed, all settings",
    direction="down",
)
def rows_halved(recipe: Recipe, option: str) -> Recipe:
    """The same number of steps on a random half of the training rows, classes by their shares.

    What confirms: validation rows score clearly worse on half of the rows, so that more rows
    would help still. What refutes: they score as well, so that rows are not what lacks.

    References: Cortes et al., Learning Curves: Asymptotic Values and Rate of Convergence,
    1993; Viering and Loog, The Shape of Learning Curves, 2023.
    """
    size = recipe.train.count // 2
    if size < LEAST_ROWS:
        raise CannotVaryError(f"half of the training rows is fewer than {LEAST_ROWS}")
    kept, _ = parted(strata_of(recipe.train), size)
    made = replace(recipe, train=with_rows(recipe.train, kept))
    steps = recipe.steps_per_epoch
    if steps is not None and steps <= whole_steps(made):
        return made
    # Half as many steps would make it a shorter fit as well.
    return replace(made, epochs=2 * recipe.epochs, steps_per_epoch=None)
