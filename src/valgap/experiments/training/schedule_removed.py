"""The first learning rate throughout: FIT118."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import Config, is_callback, without_callbacks
from valgap.observe.recipe import Recipe

_FIRST = ("warmup_target", "initial_learning_rate")


@experiment(
    name="schedule-removed",
    settles=("FIT118",),
    varied="the learning rate: that of the start throughout",
)
def schedule_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit at the rate that its schedule begins with, after warming up if it does.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the rate was not lowered too soon.

    References: Loshchilov and Hutter, SGDR, 2017.
    """
    optimizer = copy.deepcopy(recipe.optimizer)
    config, by_epoch = optimizer["config"], _by_epoch(recipe)
    rate = config.get("learning_rate")
    kept = without_callbacks(recipe, "LearningRateScheduler", "ReduceLROnPlateau")
    if isinstance(rate, dict):
        config["learning_rate"] = _first(rate["config"])
    elif len(kept) == len(recipe.callbacks):
        raise CannotVaryError("nothing changes the learning rate")
    if by_epoch:
        config["learning_rate"] = _called(by_epoch[0].schedule, config["learning_rate"])
    return replace(recipe, optimizer=optimizer, callbacks=kept)


def _first(schedule: Config) -> float:
    values = [schedule.get(name) for name in _FIRST] + list(schedule.get("values") or ())
    for value in values:
        if isinstance(value, (int, float)):
            return float(value)
    raise CannotVaryError("the first rate of the schedule is not known")


def _by_epoch(recipe: Recipe) -> list[Any]:
    return [c for c in recipe.callbacks if is_callback(c, "LearningRateScheduler")]


def _called(schedule: Any, rate: float) -> float:
    """The rate of the first epoch, asked for as Keras asks."""
    try:
        first = float(schedule(0, rate))
    except TypeError:  # schedules of old take the epoch alone
        first = float(schedule(0))
    if not math.isfinite(first) or first <= 0:
        raise CannotVaryError("the schedule begins at no rate")
    return first
