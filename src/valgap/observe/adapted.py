"""What layers learned from data outside of `fit`, put into their configurations.

Keras keeps it apart from the configuration: in weights that it computes constants from when they
are loaded, or in tables. A model made from the configuration alone would train on inputs that are
not scaled, or on words that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")


class NotCarriedError(Exception):
    """A layer whose knowledge does not go into a configuration, and why."""


def with_adapted(config: Any, model: Any) -> Any:
    """Gives back the configuration of a model in which adapted layers know what they know.

    Args:
        config: as Keras packs the model; it is changed in place.
        model: built.

    Raises:
        NotCarriedError: if a layer cannot be told so.
    """
    learned = {(type(each).__name__, each.name): _learned(each) for each in adapted_layers(model)}
    for part in _parts(config):
        held = part["config"]
        held.update(learned.get((part["class_name"], held.get("name")), {}))
    return config


def adapted_layers(model: Any) -> list[Any]:
    """Gives back the layers of a model that were adapted, and not told at once."""
    layers = model._flatten_layers(include_self=False)
    return [each for each in layers if type(each).__name__ in {"Normalization", *LOOKUPS}]


def weights_of(model: Any) -> set[int]:
    """Gives back the identities of those weights of a model that go into configurations."""
    scaling = (each for each in adapted_layers(model) if type(each).__name__ == "Normalization")
    return {id(weight) for each in scaling for weight in each.weights}


def _learned(layer: Any) -> dict[str, Any]:
    if type(layer).__name__ == "Normalization":
        if layer.input_mean is not None or not layer.built:
            return {}
        pair = layer.adapt_mean, layer.adapt_variance
        return dict(zip(("mean", "variance"), (np.asarray(v).tolist() for v in pair), strict=True))
    if layer.get_config().get("vocabulary") is not None:
        return {}
    if layer.output_mode == "tf_idf":
        raise NotCarriedError(f"{layer.name}: weights of tf-idf go into no configuration")
    kind = int if type(layer).__name__ == "IntegerLookup" else str
    return {"vocabulary": [kind(word) for word in layer.get_vocabulary()]}


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """The packed objects within a configuration, outer ones first."""
    if isinstance(config, dict):
        if "class_name" in config and isinstance(config.get("config"), dict):
            yield config
        config = list(config.values())
    if isinstance(config, (list, tuple)):
        for part in config:
            yield from _parts(part)
