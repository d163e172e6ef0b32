"""Smaller kernels of convolutions."""

from __future__ import annotations

from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.maps import CONVOLVING, as_list, with_hidden_maps


@remedy(
    name="smaller-kernels",
    treats=("MOD126", "MOD105"),
    room="model",
    changed="kernels of convolutions: 3 wide, or 5, where they are wider",
    options=("3", "5"),
    excludes=("pretrained-backbone",),
)
def smaller_kernels(recipe: Recipe, option: str) -> Recipe:
    """Kernels of convolutions no wider than three places, or five.

    What it changes: `kernel_size` where it is larger. Padding stays as it is, so that without
    any the maps become a little larger.

    When it helps: a kernel sees half of the picture or more at once and is a dense layer with
    the weights of one.

    What it can harm: each place sees less; what lies far apart is told together only by layers
    further on.

    References: Simonyan and Zisserman, Very Deep Convolutional Networks, 2015; Luo et al.,
    Understanding the Effective Receptive Field, 2016.
    """
    most = int(option or "3")

    def change(layer: Config) -> bool:
        if layer["class_name"] not in CONVOLVING:
            return False
        before = as_list(layer["config"]["kernel_size"])
        layer["config"]["kernel_size"] = [min(side, most) for side in before]
        return max(before) > most

    return with_hidden_maps(recipe, change)
