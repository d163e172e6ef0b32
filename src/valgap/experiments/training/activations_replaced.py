"""Hidden activations by others that neither die nor saturate: MOD114, MOD115 and MOD117."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import Config
from valgap.experiments.structure import CONVOLUTIONS, Graph, as_layer, with_hidden, wrapped
from valgap.observe.recipe import Recipe

_REPLACED = ("hard_sigmoid", "relu", "relu6", "sigmoid", "softsign", "tanh")
_WITH_ACTIVATION = ("Activation", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", *CONVOLUTIONS)


@experiment(
    name="activations-replaced",
    settles=("MOD114", "MOD115", "MOD117"),
    varied="activations of hidden dense and convolutional layers: leaky_relu or elu",
    options=("leaky_relu", "elu"),
)
def activations_replaced(recipe: Recipe, option: str) -> Recipe:
    """The same fit with leaky_relu or elu for relu, sigmoid and tanh in hidden layers.

    Recurrent layers keep theirs, and so do gates, which multiply something.

    What confirms: validation rows score clearly better. What refutes: they score no better
    with either.

    References: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models,
    2013; Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units,
    2016.
    """

    def change(layer: Config, graph: Graph) -> bool:
        inner = wrapped(layer)
        if any(one["class_name"] == "Multiply" for one in graph.after.get(id(layer), [])):
            return False
        if inner["class_name"] == "ReLU":
            as_layer(inner, "Activation", activation=option)
            return True
        held = inner["config"].get("activation")
        if inner["class_name"] not in _WITH_ACTIVATION or held not in _REPLACED:
            return False
        inner["config"]["activation"] = option
        return True

    return with_hidden(recipe, change)
