"""The first learning rate throughout."""

from __future__ import annotations

from valgap.experiments.training.schedule_removed import schedule_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="slower-schedule",
    treats=("FIT118",),
    room="compile",
    changed="the learning rate: that of the start throughout",
    excludes=("cosine-schedule", "adam"),
)
def slower_schedule(recipe: Recipe, option: str) -> Recipe:
    """The rate that the schedule begins with, after warming up if it does, to the end.

    What it changes: schedules of the optimiser, LearningRateScheduler and ReduceLROnPlateau are
    left out.

    When it helps: the rate was taken away while there was still something to learn.

    What it can harm: the last steps are as large and as noisy as the first.

    References: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts,
    2017.
    """
    return schedule_removed.vary(recipe, option)
