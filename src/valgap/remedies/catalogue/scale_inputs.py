"""Inputs brought to mean 0 and deviation 1 within the model."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.experiments.scaling import Scale, scales_of, taking_floats
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import named_leaves
from valgap.remedies.base import remedy
from valgap.remedies.graph import insert_behind, made
from valgap.remedies.inputs import inputs_of

# They change colours by the range that they expect.
_OF_A_RANGE = (
    *("AugMix", "AutoContrast", "Equalization", "RandAugment", "RandomBrightness"),
    *("RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomHue"),
    *("RandomPosterization", "RandomSaturation", "Solarization"),
)
_NEAR = 0.05


@remedy(
    name="scale-inputs",
    treats=("DAT301", "DAT306", "DAT302", "MOD117"),
    room="model",
    changed="inputs: mean 0 and deviation 1 by training rows, within the model",
    excludes=("pretrained-backbone",),
    also=("scale-inputs-once", "scale-splits-alike"),
)
def scale_inputs(recipe: Recipe, option: str) -> Recipe:
    """Inputs of mean 0 and deviation 1, by a Normalization layer behind each input.

    What it changes: `Normalization` of Keras with the mean and variance of training rows, of
    each feature of tables and series, of pictures and frames as a whole; Rescaling layers that
    follow do nothing any more. Rows stay as they are, so the model takes what it took before.

    When it helps: the first weights get numbers far from the size that they are made for.

    What it can harm: features that are mostly noise are made as large as the others.

    References: LeCun et al., Efficient BackProp, 1998.
    """
    if any(layer["class_name"] in _OF_A_RANGE for layer in layers_in(recipe.model)):
        raise CannotVaryError("layers of the model change colours by the range of the inputs")
    scales = dict(named_leaves(scales_of(recipe, recipe.train), "x"))
    if all(_is_usual(scale) for scale in scales.values()):
        raise CannotVaryError("inputs have mean 0 and deviation 1 already")
    changed = taking_floats(recipe, rescaling=False)
    model = copy.deepcopy(changed.model)
    starts = inputs_of(model, recipe)
    for name, scale in scales.items():
        if isinstance(scale, Scale) and name in starts:
            _normalise(model, starts[name], scale)
    return replace(changed, model=model)


def _normalise(model: Config, start: Config, scale: Scale) -> None:
    if scale.padding is not None:
        raise CannotVaryError("steps that are padding would no longer be known as such")
    mean, variance = (np.atleast_1d(v).tolist() for v in (scale.mean, scale.deviation**2))
    axis: Any = -1 if len(mean) > 1 else None
    settings = {"mean": mean, "variance": variance} if len(mean) > 1 else _single(mean, variance)
    layer = made(model, "Normalization", "normalised", axis=axis, **settings)
    insert_behind(model, start, [layer])


def _single(mean: list[float], variance: list[float]) -> dict[str, float]:
    return {"mean": mean[0], "variance": variance[0]}


def _is_usual(scale: Any) -> bool:
    if not isinstance(scale, Scale):
        return True
    return bool(np.all(np.abs(scale.mean) < _NEAR) and np.all(np.abs(scale.deviation - 1) < _NEAR))
