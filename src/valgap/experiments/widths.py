"""Layers made wider or narrower."""

from __future__ import annotations

from valgap.experiments.change import Config, layers_in
from valgap.experiments.structure import CONVOLUTIONS, Graph, with_hidden, without_shapes
from valgap.observe.recipe import Recipe

LEAST_UNITS = 2
_SIZED = (
    *("Dense", "GRU", "GRUCell", "LSTM", "LSTMCell", "SimpleRNN", "SimpleRNNCell"),
    *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    *CONVOLUTIONS,
)


def with_widths(recipe: Recipe, factor: float) -> Recipe:
    """Returns a recipe whose hidden layers have so many times the units or filters.

    Weights that the fit began with are kept where shapes still fit (see `rebuild`).

    Raises:
        CannotVaryError: if there is no hidden layer with a width.
    """

    def change(layer: Config, _: Graph) -> bool:
        made = [_widened(part, factor) for part in layers_in(layer)]
        return any(made)

    return without_shapes(with_hidden(recipe, change))


def _widened(layer: Config, factor: float) -> bool:
    config = layer["config"]
    name = "units" if "units" in config else "filters"
    before = config.get(name)
    if layer["class_name"] not in _SIZED or not isinstance(before, int):
        return False
    groups = config.get("groups") or 1
    if groups > 1 and factor < 1:
        return False
    config[name] = max(LEAST_UNITS, round(factor * before))
    return bool(config[name] != before)
