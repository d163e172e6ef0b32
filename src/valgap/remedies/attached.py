"""Callbacks of remedies, put behind those of the script in the order in which they must end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from valgap.observe.recipe import Recipe, Rows


def with_callback(recipe: Recipe, callback: Any) -> Recipe:
    """Returns a recipe with one callback of ours more; those of the script stand first.

    At the end of a fit weights are put back first, then statistics re-estimated, then the head
    shifted, whatever came into the recipe first.
    """
    every = [*recipe.callbacks, callback]
    return replace(recipe, callbacks=tuple(sorted(every, key=lambda c: getattr(c, "place", -1))))


def looks_at_validation(recipe: Recipe) -> bool:
    """Whether a callback may need validation rows while it trains; those of remedies do not."""
    return any(not hasattr(callback, "place") for callback in recipe.callbacks)


def given_back(model: Any, recipe: Recipe, rows: Rows) -> tuple[Any, Recipe, Rows]:
    """Returns a trained model as it is given back and judged, with the recipe and rows for that.

    A remedy that trains on other targets than the script's has a callback that turns them back.

    Args:
        model: trained by the recipe.
        recipe: with the remedies put on.
        rows: that judge, of the recipe's validation rows.
    """
    for callback in recipe.callbacks:
        if hasattr(callback, "given_back"):
            model, recipe, rows = callback.given_back(model, recipe, rows)
    return model, recipe, rows
