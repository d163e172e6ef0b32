"""Fewer numbers a step before a recurrent layer."""

from __future__ import annotations

import copy
from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.experiments.structure import graph_of, wrapped
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.catalogue.pool_over_steps import RECURRENT
from valgap.remedies.graph import insert_before, made
from valgap.remedies.start import keeping_start

# A recurrent layer has four weights or so for each number it takes and unit it has.
TIMES = 2


@remedy(
    name="smaller-recurrent-input",
    treats=("MOD105", "CUR101"),
    room="model",
    changed="what a recurrent layer takes: 16 or 32 numbers a step",
    options=("32", "16"),
    excludes=("pool-over-steps",),
)
def smaller_recurrent_input(recipe: Recipe, option: str) -> Recipe:
    """A dense layer before recurrent layers, so that they take few numbers a step.

    What it changes: `Dense` with relu before each LSTM, GRU or SimpleRNN that takes twice as
    many numbers a step or more; masks go through it.

    When it helps: frames are flattened into thousands of numbers, and most parameters stand
    where the recurrent layer takes them.

    What it can harm: what is squeezed out is lost.

    References: Sainath et al., Convolutional, Long Short-Term Memory, Fully Connected Deep
    Neural Networks, 2015 (a linear layer before the LSTM).
    """
    units = int(option)
    model = copy.deepcopy(recipe.model)
    found = [layer for layer in graph_of(model).layers if _width(layer) >= TIMES * units]
    if not found:
        raise CannotVaryError(f"no recurrent layer takes {TIMES * units} numbers a step or more")
    for layer in found:
        new = made(model, "Dense", "squeezed", units=units, activation="relu")
        insert_before(model, layer, [new])
        layer.pop("build_config", None)
    return keeping_start(recipe, replace(recipe, model=model))


def _width(layer: Config) -> int:
    """Numbers a step that a recurrent layer takes; of other layers 0."""
    is_plain = layer["class_name"] in (*RECURRENT, "Bidirectional")
    if not is_plain or wrapped(layer)["class_name"] not in RECURRENT:
        return 0
    shape = list((layer.get("build_config") or {}).get("input_shape") or ())
    return int(shape[-1] or 0) if len(shape) == 3 else 0
