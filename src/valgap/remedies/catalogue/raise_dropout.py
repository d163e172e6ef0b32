"""Dropout before the head."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import layers_in
from valgap.observe.recipe import Recipe
from valgap.remedies.added import before_heads
from valgap.remedies.base import remedy


@remedy(
    name="raise-dropout",
    treats=("CUR101", "CUR105"),
    room="model",
    changed="dropout before the head: of 0.2 or 0.5",
    options=("0.2", "0.5"),
    excludes=("lower-dropout", "pretrained-backbone"),
    order=1,
)
def raise_dropout(recipe: Recipe, option: str) -> Recipe:
    """A layer of dropout before the head.

    What it changes: `Dropout` before the last dense layer. It is refused where a layer of
    dropout has that rate already.

    When it helps: rows are few and training figures far better than validation.

    What it can harm: training rows are learned less well. Most tools advise it for any gap, and
    for most gaps it does nothing.

    References: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting, 2014.
    """
    rate = float(option)
    rates = [
        c["config"].get("rate") for c in layers_in(recipe.model) if "Dropout" in c["class_name"]
    ]
    if any(isinstance(held, (int, float)) and held >= rate for held in rates):
        raise CannotVaryError(f"a layer drops {option} or more already")
    return before_heads(recipe, "Dropout", "dropout", rate=rate)
