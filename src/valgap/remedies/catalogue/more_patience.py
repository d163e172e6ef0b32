"""Training to the end."""

from __future__ import annotations

from valgap.experiments.training.stopping_removed import stopping_removed
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="more-patience",
    treats=("FIT117",),
    room="fit",
    changed="early stopping and cuts of the rate on a plateau: none",
    costs=3.0,
    excludes=("keep-best-epoch",),
    also=("monitor-mode",),
)
def more_patience(recipe: Recipe, option: str) -> Recipe:
    """A fit that is neither stopped nor slowed by what it monitors.

    What it changes: EarlyStopping and ReduceLROnPlateau are left out.

    When it helps: they fired within noise, or the wrong way round.

    What it can harm: the fit takes longer, and may go past its best epoch.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    return stopping_removed.vary(recipe, option)
