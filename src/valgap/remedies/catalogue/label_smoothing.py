"""Targets a little less sure."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.losses import BINARY, crossentropy_of, in_columns, with_loss


@remedy(
    name="label-smoothing",
    treats=("EVL105", "DAT207", "CUR105"),
    room="compile",
    changed="targets: a twentieth or a tenth of each shared among all classes",
    options=("0.1", "0.05"),
    excludes=("focal-loss",),
    order=1,
)
def label_smoothing(recipe: Recipe, option: str) -> Recipe:
    """Cross-entropy against targets of which a part is shared among all classes.

    What it changes: `label_smoothing` of the loss. Where targets are numbers of classes they
    become columns, as Keras smooths only those.

    When it helps: the model is surer than it is right, or some labels are wrong.

    What it can harm: probabilities of a model that was well calibrated become too low.

    References: Szegedy et al., Rethinking the Inception Architecture, 2016; Müller, Kornblith
    and Hinton, When Does Label Smoothing Help?, 2019.
    """
    name, logits = crossentropy_of(recipe)
    held = (
        recipe.loss["config"] if isinstance(recipe.loss, dict) and "config" in recipe.loss else {}
    )
    if held.get("label_smoothing"):
        raise CannotVaryError("labels are smoothed already")
    kind = "BinaryCrossentropy" if name == BINARY else "CategoricalCrossentropy"
    made = in_columns(recipe)
    return with_loss(made, kind, from_logits=logits, label_smoothing=float(option))
