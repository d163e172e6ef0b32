"""A pretrained network, frozen, before the head."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import activation_of, one_head
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.pretrained import Known, network

DROPOUT = 0.2


@remedy(
    name="pretrained-backbone",
    treats=("DAT206", "CUR101", "CUR102", "MOD119"),
    room="model",
    changed="the layers before the head: a pretrained network, frozen",
    costs=4.0,
    excludes=("fine-tuning", "larger-model", "smaller-model"),
    also=("backbone-preprocessing",),
    order=-1,
)
def pretrained_backbone(recipe: Recipe, option: str) -> Recipe:
    """A network trained on many other pictures, frozen, with a new head of the same form.

    What it changes: pictures are resized and brought to the range that the network takes; its
    maps are averaged, 20 % dropped, and a dense layer like the old head is trained. The option
    is the path of a `.keras` file, or of weights as keras.applications names them; without one
    the first small network in the cache of Keras is taken. Nothing is downloaded.

    When it helps: pictures are few, and show things of the world.

    What it can harm: nothing is left of the layers before the head; pictures that no camera
    took may be served worse.

    References: Kornblith, Shlens and Le, Do Better ImageNet Models Transfer Better?, 2019;
    Keras documentation, Transfer learning and fine-tuning.
    """
    pictures = _pictures(recipe)
    head = one_head(recipe.model)
    if head.layer["class_name"] != "Dense":
        raise CannotVaryError("the head is no dense layer")
    base, known = network(option)
    model = _model(pictures, base, known, head.layer["config"], activation_of(head))
    return _put_in(recipe, model, base)


def _pictures(recipe: Recipe) -> np.ndarray:
    x = recipe.train.x
    if not isinstance(x, np.ndarray) or kind_of(x) != "image" or x.ndim != 4:
        raise CannotVaryError("the model does not take pictures and nothing else")
    if x.shape[-1] not in (1, 3):
        raise CannotVaryError("pictures have neither one channel nor three")
    return x


def _factor(pictures: np.ndarray) -> float:
    """What brings pictures to 0 to 255."""
    low, high = float(np.min(pictures)), float(np.max(pictures))
    if low < 0 or high > 255:
        raise CannotVaryError("pictures are neither fractions nor bytes")
    return 255.0 if high <= 1 else 1.0


def _model(pictures: np.ndarray, base: Any, known: Known, head: Config, ends_in: Any) -> Any:
    import keras
    from keras import layers

    factor = _factor(pictures)
    start = keras.Input(pictures.shape[1:])
    x = layers.Concatenate()([start] * 3) if pictures.shape[-1] == 1 else start
    x = layers.Resizing(known.side, known.side)(x)
    x = layers.Rescaling(factor * known.scale, known.offset)(x)
    base.trainable = False
    x = base(x, training=False)
    x = layers.GlobalAveragePooling2D()(x) if len(x.shape) == 4 else x
    x = layers.Dropout(DROPOUT)(x)
    return keras.Model(start, layers.Dense(head["units"], activation=ends_in, name="head")(x))


def _put_in(recipe: Recipe, model: Any, base: Any) -> Recipe:
    import keras

    config = keras.saving.serialize_keras_object(model)
    frozen = {id(layer) for layer in base._flatten_layers()}
    layers = model._flatten_layers(include_self=False)
    return replace(
        recipe,
        model={k: v for k, v in config.items() if k != "compile_config"},
        trainable={layer.path: id(layer) not in frozen for layer in layers},
        start=tuple(np.array(weight) for weight in model.weights),
    )
