"""Random transforms half as far, or none."""

from __future__ import annotations

from valgap.experiments.training.augmentation_removed import augmentation_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="gentler-augmentation",
    treats=("FIT119",),
    room="data",
    changed="random transforms of training rows: half as far or half as often, or none",
    options=("half", "none"),
)
def gentler_augmentation(recipe: Recipe, option: str) -> Recipe:
    """Random transforms, in the model and in the pipeline, half as far, or left out.

    What it changes: factors of random layers are halved; of a pipeline half of the rows are
    plain. With `none` all rows are plain.

    When it helps: transforms take away what tells the classes apart.

    What it can harm: rows are learned by heart sooner.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019.
    """
    return augmentation_removed.vary(recipe, "" if option == "none" else option)
