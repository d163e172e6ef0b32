"""Head, loss and encoding of targets as the targets ask for."""

from __future__ import annotations

from valgap.experiments.training.head_that_fits import head_that_fits
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="head-that-fits-the-loss",
    treats=("MOD101", "MOD102", "MOD103", "FIT108", "FIT109", "DAT312"),
    room="compile",
    changed="units and activation of the head, loss and targets: as these ask for",
    also=(
        *("encode-labels", "linear-output", "loss-for-the-task", "one-unit-a-class"),
        "sigmoid-on-one-unit",
    ),
    order=-1,
)
def head_that_fits_the_loss(recipe: Recipe, option: str) -> Recipe:
    """The head, the loss and the encoding that the targets ask for.

    What it changes: two classes: one sigmoid unit and binary cross-entropy; more: as many
    units, softmax, sparse categorical cross-entropy; flags: sigmoid and binary cross-entropy;
    numbers: linear units and the squared error. Targets of both splits are encoded for it, and
    metrics left out.

    When it helps: the head cannot give what the loss takes, or the loss means something else.

    What it can harm: a loss chosen on purpose, such as one for ordered classes, is lost.

    References: Goodfellow et al., Deep Learning, 2016, section 6.2.2; Keras documentation,
    Losses.
    """
    return head_that_fits.vary(recipe, option)
