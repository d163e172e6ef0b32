"""Multi-head self-attention over steps."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.remedies.attention import attend
from valgap.remedies.base import remedy
from valgap.remedies.graph import as_functional
from valgap.remedies.shapes import Shape, output_shapes
from valgap.remedies.start import keeping_start

MOST_STEPS, LEAST_STEPS = 512, 3
# What gives a weight for each step rather than a vector.
_LEAST_WIDTH = 4
_NONE = ("Dot", "Embedding", "InputLayer", "Multiply", "MultiHeadAttention", "Reshape", "Softmax")


@remedy(
    name="self-attention",
    treats=("MOD112", "CUR102"),
    room="model",
    changed="steps: attend to each other in two heads, masked ones left out",
    costs=1.5,
    excludes=("pretrained-backbone",),
)
def self_attention(recipe: Recipe, option: str) -> Recipe:
    """The last layer that gives a sequence, with multi-head self-attention added to it.

    What it changes: MultiHeadAttention of two heads over the steps, added to what it takes,
    and LayerNormalization. Keras carries the mask through all three.

    When it helps: steps have to be compared with each other, and the attention that there is
    goes by a query that knows nothing of the row.

    What it can harm: there are more weights for as many rows. It does not know the order of
    steps.

    References: Vaswani et al., Attention Is All You Need, 2017; Keras documentation,
    MultiHeadAttention, Masking.
    """
    model = copy.deepcopy(recipe.model)
    as_functional(model)
    shapes = output_shapes(recipe)
    last = [c for c in model["config"]["layers"] if _is_sequence(c, shapes.get(_name(c), ()))]
    if not last:
        raise CannotVaryError("no layer gives a sequence of vectors")
    width = shapes[_name(last[-1])][-1]
    attend(model, last[-1], heads=2, width=max(4, int(width or 4) // 4))
    return keeping_start(recipe, replace(recipe, model=model))


def _name(layer: Config) -> str:
    return str(layer["config"]["name"])


def _is_sequence(layer: Config, shape: Shape) -> bool:
    if layer["class_name"] in _NONE or len(shape) != 3:
        return False
    steps, width = shape[1], shape[2]
    in_range = steps is None or LEAST_STEPS <= steps <= MOST_STEPS
    return in_range and width is not None and width >= _LEAST_WIDTH
