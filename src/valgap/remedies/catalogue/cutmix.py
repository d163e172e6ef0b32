"""A part of each picture from another one, and the targets mixed by its size."""

from __future__ import annotations

from valgap.observe.recipe import Recipe
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.mixup import mixable


@remedy(
    name="cutmix",
    treats=("CUR101", "DAT206"),
    room="data",
    changed="training batches: a box of each picture from another, targets likewise",
    excludes=("mixup",),
    order=2,
)
def cutmix(recipe: Recipe, option: str) -> Recipe:
    """Each picture has a box that comes from another of its batch, in all frames the same.

    What it changes: a callback stands around the training step: a box at random, of a share
    drawn from Beta(1, 1), is taken from the batch in another order, and targets are mixed by
    its area. Numbers of classes become columns first. Evaluation and the model itself stay as
    they are.

    When it helps: pictures are few, and the model looks at one telling spot only.

    What it can harm: small objects may be covered, though the target still names them.

    References: Yun et al., CutMix: Regularization Strategy to Train Strong Classifiers with
    Localizable Features, 2019.
    """
    made = mixable(recipe, "image", "frames")
    from valgap.remedies.mixing import MixRows

    return with_callback(made, MixRows(1.0, cut=True))
