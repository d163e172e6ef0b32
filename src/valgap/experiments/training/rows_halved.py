"""Half of the training rows: DAT206."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import drawing, parted, strata_of, whole_steps, with_rows
from valgap.observe.recipe import Recipe

LEAST_ROWS = 8
# A quarter of the rows makes a third point of the learning curve; it judges nothing.
QUARTER = "quarter"


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
    would help still. What refutes: they score as well, so that rows are not what lacks. With a
    quarter of them too, the curve is carried on to twice the rows (`extrapolate`).

    References: Cortes et al., Learning Curves: Asymptotic Values and Rate of Convergence,
    1993; Viering and Loog, The Shape of Learning Curves, 2023.
    """
    parts = 4 if option == QUARTER else 2
    size = recipe.train.count // parts
    if size < LEAST_ROWS:
        raise CannotVaryError(f"such a part of the training rows is fewer than {LEAST_ROWS}")
    kept, _ = parted(strata_of(recipe.train), size, drawing(recipe))
    made = replace(recipe, train=with_rows(recipe.train, kept))
    steps = recipe.steps_per_epoch
    if steps is not None and steps <= whole_steps(made):
        return made
    # Fewer steps would make it a shorter fit as well.
    return replace(made, epochs=parts * recipe.epochs, steps_per_epoch=None)
