"""A higher learning rate: FIT102."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import with_rate
from valgap.observe.recipe import Recipe


@experiment(
    name="rate-raised",
    settles=("FIT102", "FIT116"),
    varied="the learning rate: 10, 100 or 1,000 times as high",
    options=("10", "100", "1000"),
)
def rate_raised(recipe: Recipe, option: str) -> Recipe:
    """The same fit at ten, a hundred or a thousand times its learning rate.

    What confirms: validation rows score clearly better at one of them in as many epochs. What
    refutes: they score no better at any.

    References: Smith, Cyclical Learning Rates for Training Neural Networks, 2017.
    """
    return with_rate(recipe, float(option))
