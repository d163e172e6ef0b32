"""More units and filters."""

from __future__ import annotations

from valgap.experiments.widths import with_widths
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy
from valgap.remedies.start import keeping_start


@remedy(
    name="larger-model",
    treats=("MOD119", "CUR102"),
    room="model",
    changed="units and filters of hidden layers: 2 or 4 times as many",
    options=("2", "4"),
    costs=4.0,
    excludes=("smaller-model",),
    also=("wider-layers",),
)
def larger_model(recipe: Recipe, option: str) -> Recipe:
    """Hidden layers with two or four times their units and filters.

    What it changes: `units` and `filters` of layers before the head.

    When it helps: the network is too small for its task; or, past that, wider ones generalise
    better.

    What it can harm: a fit takes longer, and rows may be learned by heart.

    References: Belkin et al., Reconciling Modern Machine Learning Practice and the
    Bias-Variance Trade-Off, 2019.
    """
    return keeping_start(recipe, with_widths(recipe, float(option)))
