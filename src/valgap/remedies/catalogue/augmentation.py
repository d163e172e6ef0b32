"""Random shifts, rotations and zooms of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, is_augmentation, layers_in
from valgap.observe.recipe import Recipe
from valgap.remedies.added import behind_inputs
from valgap.remedies.base import remedy
from valgap.remedies.graph import made

# A tenth of the picture, and some 18 degrees, which hardly turn anything into something else.
TRANSFORMS: dict[str, dict[str, Any]] = {
    "shift": {
        "class_name": "RandomTranslation",
        "height_factor": 0.1,
        "width_factor": 0.1,
        "fill_mode": "nearest",
    },
    "rotation": {"class_name": "RandomRotation", "factor": 0.05, "fill_mode": "nearest"},
    "zoom": {"class_name": "RandomZoom", "height_factor": 0.15, "fill_mode": "nearest"},
}
ALL = "all"


@remedy(
    name="augmentation",
    treats=("DAT206", "CUR101", "CUR105"),
    room="data",
    changed="pictures in training: shifted, turned a little or zoomed at random",
    options=("shift", "rotation", "zoom", ALL),
    costs=1.5,
    excludes=("gentler-augmentation", "pretrained-backbone"),
    order=1,
)
def augmentation(recipe: Recipe, option: str) -> Recipe:
    """Pictures shifted, turned a little or zoomed at random while they are trained on.

    What it changes: RandomTranslation (a tenth of the side), RandomRotation (18 degrees) and
    RandomZoom (15 %) of Keras behind each input of pictures, in training only.

    When it helps: rows are few, and what tells classes apart does not depend on place, on
    small angles or on size.

    What it can harm: classes that differ in just that; training takes more epochs. Flips are a
    remedy of their own, as they may change what a picture shows.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019.
    """
    refuse_augmented(recipe)
    wanted = list(TRANSFORMS.values()) if option == ALL else [TRANSFORMS[option]]
    return behind_inputs(
        recipe,
        lambda model, _: in_row(model, wanted),
        "image",
    )


def in_row(model: Config, wanted: Sequence[dict[str, Any]]) -> list[Config]:
    """Returns layers by their settings, all under names that neither model nor others have."""
    return [made(model, name=f"augmented_{i}", **held) for i, held in enumerate(wanted)]


def refuse_augmented(recipe: Recipe) -> None:
    """Refuses a recipe that transforms rows at random already.

    Raises:
        CannotVaryError: if it does, in the model or in the pipeline.
    """
    names = [c["class_name"] for c in layers_in(recipe.model)]
    if recipe.train.fed or recipe.train.transformed or any(map(is_augmentation, names)):
        raise CannotVaryError("rows are transformed at random already")
