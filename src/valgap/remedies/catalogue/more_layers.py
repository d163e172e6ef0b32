"""More hidden layers, like those that there are."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import (
    CONVOLUTIONS,
    Graph,
    graph_of,
    is_sized,
    one_head,
    without_shapes,
    wrapped,
)
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.graph import insert_before, insert_behind, made
from valgap.remedies.start import keeping_start

RECURRENT = ("GRU", "LSTM", "SimpleRNN")


@remedy(
    name="more-layers",
    treats=("MOD119", "CUR102", "MOD104"),
    room="model",
    changed="hidden layers: one or two more, like the last one",
    options=("1", "2"),
    costs=2.0,
    excludes=("pretrained-backbone", "smaller-model"),
)
def more_layers(recipe: Recipe, option: str) -> Recipe:
    """One or two more layers like the last hidden one.

    What it changes: behind the last convolution further ones of 3 wide kernels and as many
    filters, ReLU behind; before the last recurrent layer others of as many units that pass on
    all steps; else, before the head, dense layers of as many units, ReLU behind.

    When it helps: training rows are not learned, and nothing but size stands in the way.

    What it can harm: deeper stacks without normalisation train worse; a fit takes longer, and
    rows may be learned by heart.

    References: Eldan and Shamir, The Power of Depth for Feedforward Neural Networks, 2016.
    """
    model = copy.deepcopy(recipe.model)
    head, graph = one_head(model), graph_of(model)
    last = _last_hidden(head.layer, graph)
    for _ in range(int(option or "1")):
        _add(model, last, head.layer)
    # What follows takes as many numbers as the new layers give.
    return keeping_start(recipe, without_shapes(replace(recipe, model=model)))


def _last_hidden(head: Config, graph: Graph) -> Config:
    """The nearest layer with a size before the head; where paths meet, that of the first one."""
    layer = head
    while before := graph.before.get(id(layer)):
        layer = before[0]
        if is_sized(layer):
            return layer
    raise CannotVaryError("nothing with a size stands before the head")


def _add(model: Config, last: Config, head: Config) -> None:
    name, config = last["class_name"], last["config"]
    if name in CONVOLUTIONS:
        # As Conv1D of Conv1DTranspose or SeparableConv1D: of the same dimension.
        plain = f"Conv{name.replace('Transpose', '')[-2:]}"
        settings: dict[str, Any] = {"filters": config["filters"], "kernel_size": 3}
        insert_behind(
            model, last, [made(model, plain, "conv", padding="same", activation="relu", **settings)]
        )
    elif name in (*RECURRENT, "Bidirectional") and not config.get("stateful"):
        insert_before(model, last, [_passing_on(model, last)])
    else:
        sizes = wrapped(last)["config"]
        units = next(sizes[name] for name in ("units", "filters", "output_dim") if name in sizes)
        insert_before(model, head, [made(model, "Dense", "dense", units=units, activation="relu")])


def _passing_on(model: Config, layer: Config) -> Config:
    """A recurrent layer of as many units that gives a state for each step."""
    inner = layer["config"].get("layer", layer)
    if inner["class_name"] not in RECURRENT:
        raise CannotVaryError("the recurrent layer is none of Keras that can be stacked")
    units = inner["config"]["units"]
    settings = {"units": units, "return_sequences": True}
    if layer is inner:
        return made(model, inner["class_name"], "memory", **settings)
    held = made(model, inner["class_name"], "memory", **settings)
    return made(model, "Bidirectional", "both", layer={k: held[k] for k in held if k != "name"})
