"""A loss that counts rows less which are right already."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.losses import BINARY, crossentropy_of, in_columns, with_loss


@remedy(
    name="focal-loss",
    treats=("DAT201", "EVL107", "EVL105"),
    room="compile",
    changed="the loss: focal cross-entropy, gamma 2 or 1",
    options=("2", "1"),
    excludes=("label-smoothing",),
    order=1,
)
def focal_loss(recipe: Recipe, option: str) -> Recipe:
    """Cross-entropy times (1 - p) to the power gamma, of the probability p of the true class.

    What it changes: the loss becomes BinaryFocalCrossentropy or CategoricalFocalCrossentropy of
    Keras, all classes alike. Numbers of classes become columns.

    When it helps: many easy rows outweigh few hard ones, as in imbalance.

    What it can harm: wrong labels are the hardest rows of all; probabilities become too low.

    References: Lin et al., Focal Loss for Dense Object Detection, 2017; Mukhoti et al.,
    Calibrating Deep Neural Networks using Focal Loss, 2020.
    """
    name, logits = crossentropy_of(recipe)
    gamma = float(option)
    if name == BINARY:
        return with_loss(recipe, "BinaryFocalCrossentropy", gamma=gamma, from_logits=logits)
    # The default weight of a quarter would only make it small beside penalties.
    settings = {"alpha": 1.0, "gamma": gamma, "from_logits": logits}
    return with_loss(in_columns(recipe), "CategoricalFocalCrossentropy", **settings)
