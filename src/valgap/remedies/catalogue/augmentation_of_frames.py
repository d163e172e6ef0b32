"""Random transforms of image sequences, alike for all frames of a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.remedies.added import behind_inputs
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.augmentation import ALL, TRANSFORMS, in_row, refuse_augmented
from valgap.remedies.graph import made


@remedy(
    name="augmentation-of-frames",
    treats=("DAT206", "CUR101", "CUR105"),
    room="data",
    changed="image sequences in training: shifted, turned, zoomed, all frames alike",
    options=("shift", "rotation", "zoom", ALL),
    costs=1.5,
    excludes=("gentler-augmentation", "pretrained-backbone"),
    also=("augmentation",),
    order=1,
)
def augmentation_of_frames(recipe: Recipe, option: str) -> Recipe:
    """Image sequences shifted, turned a little or zoomed at random, all frames of one alike.

    What it changes: the layers of `augmentation` behind each input of frames. Frames are laid
    behind one another as channels of one picture before (Permute and Reshape of Keras), and
    apart again after, so that one transform is drawn for all of them.

    When it helps: rows are few, and classes do not depend on place, small angles or size.

    What it can harm: classes that differ in just that. Transforms drawn frame by frame would
    add movement that is not there.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019; Karpathy et
    al., Large-scale Video Classification with Convolutional Neural Networks, 2014.
    """
    refuse_augmented(recipe)
    wanted = list(TRANSFORMS.values()) if option == ALL else [TRANSFORMS[option]]
    return behind_inputs(recipe, lambda model, x: _all_alike(model, x, wanted), "frames")


def _all_alike(model: Config, x: np.ndarray, wanted: list[dict[str, Any]]) -> list[Config]:
    high, wide, channels = x.shape[2:]
    return [
        made(model, "Permute", "frames_last", dims=(2, 3, 1, 4)),
        made(model, "Reshape", "one_picture", target_shape=(high, wide, -1)),
        *in_row(model, wanted),
        made(model, "Reshape", "frames_apart", target_shape=(high, wide, -1, channels)),
        made(model, "Permute", "frames_first", dims=(3, 1, 2, 4)),
    ]
