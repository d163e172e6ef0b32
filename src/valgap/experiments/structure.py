"""How the layers of a model's configuration hang together, nested models resolved."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in
from valgap.observe.recipe import Recipe

ACTIVATIONS = ("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
CONVOLUTIONS = (
    *("Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
    *("SeparableConv1D", "SeparableConv2D"),
)
_SIZES = ("units", "filters", "output_dim")


@dataclass(slots=True)
class Graph:
    """Layers that are no models themselves, and which comes before and after which.

    `before` and `after` are by the identity of a configuration; `inputs` are where arrays
    come in, `outputs` where predictions go out, each in the model's own order.
    """

    layers: list[Config] = field(default_factory=list)
    inputs: list[Config] = field(default_factory=list)
    outputs: list[Config] = field(default_factory=list)
    before: dict[int, list[Config]] = field(default_factory=dict)
    after: dict[int, list[Config]] = field(default_factory=dict)

    def join(self, ends: list[Config], starts: list[Config]) -> None:
        """Lets `starts` take what `ends` give."""
        for end in ends:
            for start in starts:
                self.after.setdefault(id(end), []).append(start)
                self.before.setdefault(id(start), []).append(end)

    def take(self, other: Graph) -> None:
        """Takes over the layers of a nested model."""
        self.layers += other.layers
        self.before |= other.before
        self.after |= other.after


def graph_of(model: Config) -> Graph:
    """Returns the graph of a Sequential or Functional model.

    Raises:
        CannotVaryError: if the model is of a class of the user's own.
    """
    if not _is_model(model):
        raise CannotVaryError("the model is no graph of layers")
    graph, config = Graph(), model["config"]
    parts = {layer["config"]["name"]: _part(layer, graph) for layer in config["layers"]}
    if "output_layers" not in config:
        chain = list(parts.values())
        for (_, ends), (starts, _) in pairwise(chain):
            graph.join(ends, starts)
        graph.inputs, graph.outputs = chain[0][0], chain[-1][1]
        return graph
    for layer in config["layers"]:
        for name in _names_in(layer.get("inbound_nodes"), parts):
            graph.join(parts[name][1], parts[layer["config"]["name"]][0])
    graph.inputs = [c for n in _names_in(config["input_layers"], parts) for c in parts[n][0]]
    graph.outputs = [c for n in _names_in(config["output_layers"], parts) for c in parts[n][1]]
    return graph


def _is_model(layer: Config) -> bool:
    return isinstance(layer["config"].get("layers"), list) and (
        "output_layers" in layer["config"] or layer["class_name"] == "Sequential"
    )


def _part(layer: Config, graph: Graph) -> tuple[list[Config], list[Config]]:
    """Where a layer, or the layers of a nested model, take and give."""
    if not _is_model(layer):
        graph.layers.append(layer)
        return [layer], [layer]
    inner = graph_of(layer)
    graph.take(inner)
    return inner.inputs, inner.outputs


def _names_in(value: Any, known: Config) -> Iterator[str]:
    """The names of layers in the notation of Keras, whatever holds them."""
    if isinstance(value, str):
        if value in known:
            yield value
    elif isinstance(value, dict):
        # Keys are names of the user's own.
        for part in value.values():
            yield from _names_in(part, known)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _names_in(part, known)


def wrapped(layer: Config) -> Config:
    """Returns the layer within TimeDistributed and its like, else the layer itself."""
    held = layer["config"].get("layer")
    return wrapped(held) if isinstance(held, dict) and "config" in held else layer


def is_sized(layer: Config) -> bool:
    """Whether a layer says itself how many numbers it gives."""
    return any(name in part["config"] for part in layers_in(layer) for name in _SIZES)


@dataclass(frozen=True, slots=True)
class Head:
    """The layer that gives one output its size, and what stands behind it, first one first."""

    layer: Config
    behind: tuple[Config, ...] = ()

    @property
    def is_dense(self) -> bool:
        """Whether it is one dense layer, with nothing but activations behind it."""
        return wrapped(self.layer)["class_name"] == "Dense" and all(
            layer["class_name"] in ACTIVATIONS for layer in self.behind
        )


def heads_of(graph: Graph) -> list[Head]:
    """Returns the heads of a model in the order of its outputs; several where paths meet."""
    return [head for layer in graph.outputs for head in _back(layer, graph, (), set())]


def _back(layer: Config, graph: Graph, behind: tuple[Config, ...], seen: set[int]) -> list[Head]:
    if is_sized(layer):
        return [Head(layer, behind)]
    if id(layer) in seen:
        return []
    seen.add(id(layer))
    before = graph.before.get(id(layer), [])
    return [h for one in before for h in _back(one, graph, (layer, *behind), seen)]


def one_head(model: Config) -> Head:
    """Returns the one dense layer that makes the one output.

    Raises:
        CannotVaryError: if there are several, or it is another layer.
    """
    graph = graph_of(model)
    heads = heads_of(graph)
    if len(graph.outputs) != 1 or len(heads) != 1 or not heads[0].is_dense:
        raise CannotVaryError("the model does not end in one dense layer")
    return heads[0]


def activation_of(head: Head) -> Any:
    """Returns the last activation of a head: its name in lower case, as Keras has it."""
    for layer in reversed(head.behind):
        name = layer["config"].get("activation", layer["class_name"].lower())
        if name != "linear":
            return name
    return wrapped(head.layer)["config"].get("activation") or "linear"


def end_with(head: Head, activation: str) -> None:
    """Lets a head end in one activation, in place."""
    wrapped(head.layer)["config"]["activation"] = activation
    for layer in head.behind:
        as_layer(layer, "Activation", activation="linear")


def as_layer(layer: Config, class_name: str, **settings: Any) -> None:
    """Makes a layer one of another class of Keras in place, under its own name."""
    held = layer["config"]
    kept = {k: held[k] for k in ("name", "trainable", "dtype") if k in held}
    layer.pop("build_config", None)
    layer.update(module="keras.layers", class_name=class_name, registered_name=None)
    layer["config"] = {**kept, **settings}


def with_hidden(recipe: Recipe, change: Callable[[Config, Graph], bool]) -> Recipe:
    """Returns a recipe whose layers before the heads were changed one by one.

    Args:
        recipe: the recipe.
        change: gets the configuration of a layer that is no model (it may be a wrapper), to be
            changed in place, and the graph; says whether it changed something.

    Raises:
        CannotVaryError: if no layer was changed, or the model is no graph of layers.
    """
    model = copy.deepcopy(recipe.model)
    graph = graph_of(model)
    ends = {id(c) for head in heads_of(graph) for c in (head.layer, *head.behind)}
    made = [change(layer, graph) for layer in graph.layers if id(layer) not in ends]
    if not any(made):
        raise CannotVaryError("the model has no hidden layer of the kind")
    return replace(recipe, model=model)


def without_shapes(recipe: Recipe) -> Recipe:
    """Returns a recipe whose layers take their shapes from what they are fed, not from before."""
    model = copy.deepcopy(recipe.model)
    for layer in layers_in(model):
        layer.pop("build_config", None)
    return replace(recipe, model=model)
