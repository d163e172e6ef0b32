"""Layers put into the configuration of a model, before or behind others."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, keras_object, layers_in

TENSOR = "__keras_tensor__"
# Layers that valgap adds, so that nobody takes them for the script's own.
PREFIX = "valgap"


def made(model: Config, class_name: str, name: str, **settings: Any) -> Config:
    """Returns the configuration of a new layer of Keras under a name that the model lacks."""
    taken = {layer["config"]["name"] for layer in layers_in(model)}
    chosen, number = f"{PREFIX}_{name}", 1
    while chosen in taken:
        number += 1
        chosen = f"{PREFIX}_{name}_{number}"
    layer = keras_object("keras.layers", class_name, name=chosen, **settings)
    return {**layer, "name": chosen}


def insert_behind(model: Config, layer: Config, new: Sequence[Config]) -> None:
    """Puts layers behind one, in place; whatever took what it gives takes what they give.

    Args:
        model: the whole model.
        layer: a layer in it or in a model within it, by identity.
        new: the layers, first one first, each of one input and output.

    Raises:
        CannotVaryError: if the layer is within a wrapper, or used in several places.
    """
    parent = parent_of(model, layer)
    layers = parent["config"]["layers"]
    place = next(i for i, one in enumerate(layers) if one is layer) + 1
    if is_functional(parent):
        refuse_shared(layer)
        name = layer["config"]["name"]
        rename(parent, name, new[-1]["name"])
        chain(name, new)
    layers[place:place] = new


def insert_before(model: Config, layer: Config, new: Sequence[Config]) -> None:
    """Puts layers before one, in place, which takes what they give. See `insert_behind`."""
    parent = parent_of(model, layer)
    layers = parent["config"]["layers"]
    place = next(i for i, one in enumerate(layers) if one is layer)
    if is_functional(parent):
        refuse_shared(layer)
        if len(set(sources(layer))) != 1:
            raise CannotVaryError("the layer takes several inputs")
        chain(sources(layer)[0], new)
        new[0]["inbound_nodes"] = [node(copy.deepcopy(next(tensors_in(layer["inbound_nodes"]))))]
        for tensor in tensors_in(layer["inbound_nodes"]):
            tensor["config"]["keras_history"] = [new[-1]["name"], 0, 0]
    layers[place:place] = new


def parent_of(model: Config, layer: Config) -> Config:
    """Returns the model, the outer one or one within it, that holds a layer.

    Raises:
        CannotVaryError: if it is held by a wrapper, or the model is no graph of layers.
    """
    for one in layers_in(model):
        layers = one["config"].get("layers")
        if isinstance(layers, list) and any(held is layer for held in layers):
            return one
    raise CannotVaryError("the layer stands within another, or the model is no graph of layers")


def is_functional(model: Config) -> bool:
    """Whether a model says which layer takes what, rather than one after the other."""
    return "output_layers" in model["config"]


def as_functional(model: Config) -> None:
    """Lets a Sequential model say which layer takes what, in place.

    Raises:
        CannotVaryError: if it does not tell its input.
    """
    if is_functional(model):
        return
    config = model["config"]
    layers = config.get("layers")
    if not layers or layers[0]["class_name"] != "InputLayer":
        raise CannotVaryError("the model does not tell its input")
    for layer in layers:
        layer["name"] = layer["config"]["name"]
        layer["inbound_nodes"] = []
    chain(layers[0]["name"], layers[1:])
    ends = {"input_layers": layers[0]["name"], "output_layers": layers[-1]["name"]}
    model.update(module="keras", class_name="Model", registered_name=None)
    model.pop("build_config", None)
    model["config"] = {
        **{k: config[k] for k in ("name", "trainable") if k in config},
        "layers": layers,
        **{key: [[name, 0, 0]] for key, name in ends.items()},
    }


def tensor(name: str) -> Config:
    """Returns what a layer gives, in the notation of Keras, which reads no more than the name."""
    history = {"shape": [None], "dtype": "float32", "keras_history": [name, 0, 0]}
    return {"class_name": TENSOR, "config": history}


def node(*args: Any, **kwargs: Any) -> Config:
    """Returns a call of a layer in the notation of Keras."""
    return {"args": list(args), "kwargs": kwargs}


def sources(layer: Config) -> list[str]:
    """Returns the names of the layers that a layer takes from."""
    return [t["config"]["keras_history"][0] for t in tensors_in(layer.get("inbound_nodes"))]


def tensors_in(value: Any) -> Iterator[Config]:
    """Yields what a call of a layer takes."""
    if isinstance(value, dict):
        if value.get("class_name") == TENSOR:
            yield value
            return
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from tensors_in(part)


def chain(name: str, new: Sequence[Config]) -> None:
    """Lets layers take from each other in a row, the first of them from the layer of a name."""
    for layer in new:
        layer["inbound_nodes"] = [node(tensor(name))]
        name = layer["name"]


def refuse_shared(layer: Config) -> None:
    """Refuses a layer that is called several times.

    Raises:
        CannotVaryError: if it is.
    """
    if len(layer.get("inbound_nodes") or ()) > 1:
        raise CannotVaryError("the layer is used in several places")


def rename(parent: Config, old: str, new: str) -> None:
    """Lets all that takes from one layer, outputs of the model too, take from another."""
    config = parent["config"]
    for layer in config["layers"]:
        for held in tensors_in(layer.get("inbound_nodes")):
            if held["config"]["keras_history"][0] == old:
                held["config"]["keras_history"] = [new, 0, 0]
    config["output_layers"] = _renamed(config["output_layers"], old, new)


def _renamed(value: Any, old: str, new: str) -> Any:
    """Outputs as Keras writes them: [name, node, tensor], in lists or by the user's own keys."""
    if isinstance(value, dict):
        return {key: _renamed(part, old, new) for key, part in value.items()}
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
        return [new, 0, 0] if value[0] == old else value
    return [_renamed(part, old, new) for part in value]
