"""Activations between layers that have none: MOD104."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import Config
from valgap.experiments.structure import (
    ACTIVATIONS,
    CONVOLUTIONS,
    Graph,
    is_sized,
    with_hidden,
    wrapped,
)
from valgap.observe.recipe import Recipe

# They draw on other steps or places, and so are no part of the way to an activation.
_ENDS = ("Attention", "AdditiveAttention", "Dot", "EinsumDense", "MultiHeadAttention")


@experiment(
    name="activations-added",
    settles=("MOD104",),
    varied="hidden dense and convolutional layers without an activation: relu",
)
def activations_added(recipe: Recipe, option: str) -> Recipe:
    """The same fit with relu in hidden layers that have no activation, nor one behind them.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that a linear model is enough here.

    References: Hornik et al., Multilayer Feedforward Networks are Universal Approximators,
    1989; Goodfellow et al., Deep Learning, 2016, section 6.1.
    """

    def change(layer: Config, graph: Graph) -> bool:
        inner = wrapped(layer)
        held = inner["config"].get("activation") or "linear"
        is_linear = inner["class_name"] in ("Dense", *CONVOLUTIONS) and held == "linear"
        if not is_linear or _is_activated(layer, graph):
            return False
        inner["config"]["activation"] = "relu"
        return True

    return with_hidden(recipe, change)


def _is_activated(layer: Config, graph: Graph) -> bool:
    """Whether an activation stands behind a layer, before the next one with weights."""
    for one in graph.after.get(id(layer), []):
        inner = wrapped(one)
        if inner["class_name"] in ACTIVATIONS:
            if inner["config"].get("activation") != "linear":
                return True
        elif is_sized(one) or inner["class_name"] in _ENDS:
            continue
        if _is_activated(one, graph):
            return True
    return False
