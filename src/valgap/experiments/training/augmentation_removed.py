"""Random transforms removed or halved, in the model and in the pipeline: FIT119."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import Config, drawing, is_augmentation, layers_in
from valgap.experiments.structure import as_layer, without_shapes
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import Nested, map_leaves

HALF = "half"
# How far a transform goes, of layers whose neutral value is 0; a flip has no such setting.
_HALVED = (
    *("RandomBrightness", "RandomContrast", "RandomHue", "RandomRotation", "RandomShear"),
    *("RandomTranslation", "RandomZoom"),
)
_STRENGTHS = ("factor", "height_factor", "width_factor", "x_factor", "y_factor")


@experiment(
    name="augmentation-removed",
    settles=("FIT119",),
    varied="random transforms of training rows: none, or half as far or half as often",
    options=("", HALF),
)
def augmentation_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit on plain training rows, without random transforms in model or pipeline.

    Half is half as far, where layers of the model make them (flips stay as they are), and of
    a pipeline half of the rows plain, others in each draw.

    What confirms: validation rows score clearly better, so that transforms take away what
    tells the classes apart. What refutes: they score no better.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation, 2019.
    """
    model = copy.deepcopy(recipe.model)
    found = [layer for layer in layers_in(model) if is_augmentation(layer["class_name"])]
    if not found and not recipe.train.fed:
        raise CannotVaryError("nothing transforms rows at random")
    if recipe.train.transformed:
        raise CannotVaryError("the pipeline gives no row without its random transforms")
    if option == HALF:
        return _halved(replace(recipe, model=model), found)
    for layer in found:
        # Like those it makes fractions of bytes, and like theirs in inference it keeps the shape.
        as_layer(layer, "Rescaling", scale=1.0, offset=0.0)
    made = replace(recipe, model=model, train=replace(recipe.train, fed=()))
    return without_shapes(made) if found else made


def _halved(recipe: Recipe, layers: list[Config]) -> Recipe:
    scaled = [_scale(layer["config"]) for layer in layers if layer["class_name"] in _HALVED]
    if not recipe.train.fed and not any(scaled):
        raise CannotVaryError("no random transform has a strength that can be halved")
    rng = drawing(recipe)
    fed = tuple(_half_plain(recipe.train, draw, rng) for draw in recipe.train.fed)
    return replace(recipe, train=replace(recipe.train, fed=fed))


def _scale(config: Config) -> bool:
    held = [name for name in _STRENGTHS if config.get(name)]
    for name in held:
        value = config[name]
        config[name] = [v / 2 for v in value] if isinstance(value, (list, tuple)) else value / 2
    return bool(held)


def _half_plain(rows: Rows, draw: Nested, rng: np.random.Generator) -> Nested:
    """A draw of which half of the rows are plain, at random."""
    is_plain = rng.permutation(rows.count) % 2 == 0

    def mixed(made: np.ndarray, plain: np.ndarray) -> np.ndarray:
        if made.shape != plain.shape:
            raise CannotVaryError("random transforms change the size of rows")
        return np.where(is_plain.reshape(-1, *[1] * (made.ndim - 1)), plain, made)

    return map_leaves(mixed, draw, rows.x)
