"""One pooling or stride fewer where feature maps become too small."""

from __future__ import annotations

from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import as_layer, graph_of, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.maps import CONVOLVING, POOLING, last_side, makes_smaller, with_hidden_maps

# A last map of 4 to 8 places knows where something was, and sees enough of it: MOD126.
LARGE = 8


@remedy(
    name="less-pooling",
    treats=("MOD126",),
    room="model",
    changed="one pooling or stride: left out, the first or the last one",
    options=("first", "last"),
    costs=4.0,
    excludes=("pretrained-backbone",),
)
def less_pooling(recipe: Recipe, option: str) -> Recipe:
    """The first, or the last, pooling or stride left out, so that maps are twice as wide.

    What it changes: one pooling layer that passes on what it gets, or the stride of one
    convolution that becomes 1. Only where the last map is less than 8 wide, or something pools
    before the first filter.

    When it helps: the last map is so small that nobody knows where anything was, or what is
    fine is averaged away before a filter sees it.

    What it can harm: a fit takes up to four times as long; a Flatten that follows gets four times
    the weights; each place sees less of the picture.

    References: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural
    Networks, 2019.
    """
    layers = [wrapped(c) for c in graph_of(recipe.model).layers]
    smaller = [c for c in layers if makes_smaller(c)]
    if not smaller:
        raise CannotVaryError("no layer makes maps smaller")
    side = last_side(recipe)
    if side is not None and side >= LARGE and not _pools_first(layers):
        raise CannotVaryError(f"the last map is {side} wide: it can do with its poolings")
    name = smaller[0 if option != "last" else -1]["config"]["name"]
    return with_hidden_maps(recipe, lambda layer: _undone(layer, name))


def _pools_first(layers: list[Config]) -> bool:
    of_maps = [c["class_name"] for c in layers if c["class_name"] in (*CONVOLVING, *POOLING)]
    return of_maps[0] in POOLING


def _undone(layer: Config, name: str) -> bool:
    if layer["config"]["name"] != name or any(_is_model(part) for part in layers_in(layer)):
        return False
    if layer["class_name"] in POOLING:
        as_layer(layer, "Identity")
        return True
    config: dict[str, Any] = layer["config"]
    if layer["class_name"] not in CONVOLVING or "strides" not in config:
        return False
    strides = config["strides"]
    config["strides"] = 1 if isinstance(strides, int) else [1] * len(strides)
    return True


def _is_model(layer: Config) -> bool:
    return isinstance(layer["config"].get("layers"), list)
