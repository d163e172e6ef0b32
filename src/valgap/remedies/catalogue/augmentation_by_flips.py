"""Random flips of pictures."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.observe.recipe import Recipe
from valgap.remedies.added import behind_inputs, has
from valgap.remedies.base import remedy
from valgap.remedies.graph import made


@remedy(
    name="augmentation-by-flips",
    treats=("DAT206", "CUR101"),
    room="data",
    changed="pictures in training: flipped at random",
    options=("horizontal", "horizontal_and_vertical"),
    safe=False,
    excludes=("gentler-augmentation", "pretrained-backbone"),
    also=("augmentation",),
    order=1,
)
def augmentation_by_flips(recipe: Recipe, option: str) -> Recipe:
    """Pictures flipped at random while they are trained on.

    What it changes: RandomFlip of Keras behind each input of pictures, in training only.

    When it helps: what a picture shows stays the same in a mirror, as of most objects; upside
    down too, as seen from above or through a microscope.

    What it can harm: text, digits, faces, sides of a body: a flip may change the label. That
    takes knowledge of the data, so it is not done without asking.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019.
    """
    if has(recipe, "RandomFlip"):
        raise CannotVaryError("the model flips pictures already")
    return behind_inputs(
        recipe, lambda model, _: [made(model, "RandomFlip", "flipped", mode=option)], "image"
    )
