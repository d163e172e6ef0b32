"""Feature maps within a recipe: which layers make them smaller, and how small they become."""

from __future__ import annotations

from collections.abc import Callable

from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import Graph, graph_of, with_hidden, without_shapes, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.shapes import model_of, output_shapes
from valgap.remedies.start import keeping_start

CONVOLVING = tuple(
    f"{kind}{n}D" for kind in ("Conv", "SeparableConv", "DepthwiseConv") for n in (1, 2, 3)
)
POOLING = tuple(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3))


def steps_of(layer: Config) -> list[int]:
    """Returns by how much a layer, within TimeDistributed too, makes each side smaller."""
    held = wrapped(layer)
    config = held["config"]
    if held["class_name"] in POOLING:
        # Without strides a pooling takes those of its window.
        return as_list(config.get("strides") or config.get("pool_size") or 1)
    return as_list(config.get("strides") or 1) if held["class_name"] in CONVOLVING else [1]


def as_list(value: int | list[int] | tuple[int, ...]) -> list[int]:
    """Returns a setting that is one number or one a side, as a list."""
    return [value] if isinstance(value, int) else list(value)


def makes_smaller(layer: Config) -> bool:
    """Whether a layer pools, or goes over its map by steps of two or more."""
    return max(steps_of(layer)) > 1


def last_side(recipe: Recipe) -> int | None:
    """Returns the longest side of what the last convolution or pooling gives; None if not known.

    Raises:
        CannotVaryError: if the model is no graph of layers, or cannot be built.
    """
    shapes = output_shapes(recipe)
    made = [c for c in graph_of(recipe.model).layers if _is_of_maps(c)]
    shape = shapes.get(made[-1]["config"]["name"]) if made else None
    # Frames carry time before height and width; a picture has two sides, a series one.
    sides = [side for side in (shape or ())[1:-1][-2:] if side]
    return max(sides, default=None)


def _is_of_maps(layer: Config) -> bool:
    return wrapped(layer)["class_name"] in (*CONVOLVING, *POOLING)


def with_hidden_maps(recipe: Recipe, change: Callable[[Config], bool]) -> Recipe:
    """Returns a recipe whose convolutions and poolings were changed one by one, and is built.

    Args:
        recipe: the recipe.
        change: gets the configuration of a layer (of the one within a wrapper), to be changed in
            place, and says whether it changed something.

    Raises:
        CannotVaryError: if none was changed, or what follows does not take the other maps.
    """

    def each(layer: Config, _: Graph) -> bool:
        made = [change(part) for part in layers_in(layer)]
        return any(made)

    made = without_shapes(with_hidden(recipe, each))
    model_of(made)
    return keeping_start(recipe, made)
