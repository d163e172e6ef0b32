"""Head and loss as the targets ask for: MOD101, MOD102, MOD103, FIT108, FIT109 and DAT312."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.asked import asked, fits, in_place_of
from valgap.experiments.structure import end_with, one_head, without_shapes, wrapped
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves


@experiment(
    name="head-that-fits",
    settles=("MOD101", "MOD102", "MOD103", "FIT108", "FIT109", "DAT312"),
    varied="units and activation of the head, loss and encoding of targets: as targets ask for",
    held="all layers before the head, rows, split, seed, epochs and all other settings",
)
def head_that_fits(recipe: Recipe, option: str) -> Recipe:
    """The same fit with the head, the loss and the encoding that the targets ask for.

    Two classes: one sigmoid unit, targets 0 and 1, binary cross-entropy. More: as many units,
    softmax, targets 0 to k - 1, sparse categorical cross-entropy. Flags: sigmoid and binary
    cross-entropy. Numbers: linear units and the squared error. Classes that one split counts
    from another number are matched in their order.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the head as it is can say what the targets hold.

    References: Goodfellow et al., Deep Learning, 2016, section 6.2.2; Keras documentation,
    Losses.
    """
    wanted = asked(recipe)
    model = copy.deepcopy(recipe.model)
    head = one_head(model)
    if fits(recipe, head, wanted):
        raise CannotVaryError("head, loss and targets fit each other already")
    wrapped(head.layer)["config"]["units"] = wanted.units
    end_with(head, wanted.activation)
    made = replace(
        recipe,
        model=model,
        train=_encoded(recipe.train, wanted.train),
        validation=_encoded(recipe.validation, wanted.validation),
        loss=in_place_of(recipe.loss, wanted.loss),
        loss_weights=None,
        # Those of before may not take the new targets.
        metrics=None,
    )
    return without_shapes(made)


def _encoded(rows: Rows, target: np.ndarray) -> Rows:
    return replace(rows, y=map_leaves(lambda _: target, rows.y))
