"""Pooling over steps or frames for the last recurrent layer."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import as_layer, graph_of, without_shapes, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.added import without_arguments
from valgap.remedies.base import remedy
from valgap.remedies.graph import insert_behind, made
from valgap.remedies.start import keeping_start

RECURRENT = ("GRU", "LSTM", "SimpleRNN")
INSTEAD, BEHIND = "instead", "behind"
_POOLING = "GlobalAveragePooling1D"


@remedy(
    name="pool-over-steps",
    treats=("MOD120", "CUR101", "MOD105"),
    room="model",
    changed="the last recurrent layer: pooling over steps behind it, or in its place",
    options=(INSTEAD, BEHIND),
)
def pool_over_steps(recipe: Recipe, option: str) -> Recipe:
    """The mean over steps or frames, masked ones left out, in place of the last state.

    What it changes: a recurrent layer that gives its last state becomes GlobalAveragePooling1D
    (`instead`), or gives all its states, of which the mean is taken (`behind`).

    When it helps: the order of steps makes no difference, so that the recurrent layer is only a
    costly way to pool; or what matters is far from the last step.

    What it can harm: without a recurrent layer the order of steps is lost.

    References: Zaheer et al., Deep Sets, 2017; Ng et al., Beyond Short Snippets: Deep Networks
    for Video Classification, 2015.
    """
    model = copy.deepcopy(recipe.model)
    found = [layer for layer in graph_of(model).layers if _gives_last_state(layer)]
    if not found:
        raise CannotVaryError("no recurrent layer gives its last state")
    for layer in found:
        if option == INSTEAD:
            as_layer(layer, _POOLING)
            without_arguments(layer, "training", "initial_state")
        else:
            for held in _settings(layer):
                held["return_sequences"] = True
            insert_behind(model, layer, [made(model, _POOLING, "pooled")])
    return keeping_start(recipe, without_shapes(replace(recipe, model=model)))


def _gives_last_state(layer: Config) -> bool:
    if layer["class_name"] == "Bidirectional" and layer["config"].get("merge_mode") is None:
        return False
    if wrapped(layer)["class_name"] not in RECURRENT:
        return False
    is_plain = layer["class_name"] in (*RECURRENT, "Bidirectional")
    config = wrapped(layer)["config"]
    return is_plain and not config.get("return_sequences") and not config.get("return_state")


def _settings(layer: Config) -> list[Config]:
    """Those of the layer, or of both within Bidirectional."""
    if layer["class_name"] != "Bidirectional":
        return [layer["config"]]
    both = (layer["config"].get(name) for name in ("layer", "backward_layer"))
    return [held["config"] for held in both if isinstance(held, dict)]
