"""Settings of the optimiser of a recipe."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import whole_steps
from valgap.observe.recipe import Recipe


def with_settings(recipe: Recipe, **settings: Any) -> Recipe:
    """Returns a recipe whose optimiser has these settings.

    Raises:
        CannotVaryError: if it has no such setting, or all of them already.
    """
    optimizer = copy.deepcopy(recipe.optimizer)
    config = optimizer["config"]
    unknown = [name for name in settings if name not in config]
    if unknown:
        raise CannotVaryError(f"the optimiser has no {unknown[0]}")
    if all(config[name] == value for name, value in settings.items()):
        raise CannotVaryError("the optimiser is set that way already")
    config.update(settings)
    return replace(recipe, optimizer=optimizer)


def steps_of(recipe: Recipe) -> int:
    """Returns how many steps a fit makes."""
    return recipe.epochs * (recipe.steps_per_epoch or whole_steps(recipe))
