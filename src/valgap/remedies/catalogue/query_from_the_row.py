"""A query that depends on the row, for one that does not."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import named_leaves
from valgap.remedies.attention import ask_by_mean
from valgap.remedies.base import remedy
from valgap.remedies.graph import is_functional, sources
from valgap.remedies.inputs import inputs_of
from valgap.remedies.start import keeping_start

_ATTENDING = ("AdditiveAttention", "Attention", "Dot", "MultiHeadAttention")


@remedy(
    name="query-from-the-row",
    treats=("MOD112",),
    room="model",
    changed="the query of attention: from the mean over the steps of each row",
)
def query_from_the_row(recipe: Recipe, option: str) -> Recipe:
    """The mean over the steps of the row, in place of an input that is the same for all rows.

    What it changes: where attention takes its query from an input that holds the same in all
    rows, the layers between take GlobalAveragePooling1D of the sequence instead, with a dense
    layer if its size is another. The input stays, and is not used any more.

    When it helps: attention gives all positions the same weight.

    What it can harm: hardly anything: such a query could say nothing of the row.

    References: Bahdanau, Cho and Bengio, Neural Machine Translation by Jointly Learning to Align
    and Translate, 2015.
    """
    model = copy.deepcopy(recipe.model)
    if not is_functional(model):
        raise CannotVaryError("the model takes one input")
    starts = inputs_of(model, recipe)
    constant = {
        starts[name]["config"]["name"]: int(np.shape(leaf)[-1])
        for name, leaf in named_leaves(recipe.train.x, "x")
        if np.ndim(leaf) == 2 and not np.ptp(np.asarray(leaf), axis=0).any()
    }
    found = _asked(model, set(constant))
    if found is None:
        raise CannotVaryError("no attention takes its query from an input that is always the same")
    query, sequence = found
    ask_by_mean(model, query, sequence, constant[query])
    return keeping_start(recipe, replace(recipe, model=model))


def _asked(model: Config, constant: set[str]) -> tuple[str, str] | None:
    """The input that is always the same, and the layer that gives the sequence."""
    layers = {c["config"]["name"]: c for c in model["config"]["layers"]}

    def starts(name: str) -> set[str]:
        before = sources(layers[name])
        return {name} if not before else set().union(*map(starts, before))

    for layer in layers.values():
        if layer["class_name"] not in _ATTENDING:
            continue
        both = list(dict.fromkeys(sources(layer)))
        fixed = [name for name in both if starts(name) <= constant]
        others = [name for name in both if name not in fixed]
        if len(fixed) == 1 and len(others) == 1 and len(starts(fixed[0])) == 1:
            return next(iter(starts(fixed[0]))), others[0]
    return None
