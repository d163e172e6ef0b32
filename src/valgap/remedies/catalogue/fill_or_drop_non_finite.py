"""Training rows with values that are not finite left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from valgap.experiments.training.non_finite_left_out import non_finite_left_out
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves
from valgap.remedies.base import remedy
from valgap.remedies.rows import without_what


@remedy(
    name="fill-or-drop-non-finite",
    treats=("DAT305", "FIT112"),
    room="data",
    changed="rows with NaN or infinity: left out of training, filled where they judge",
    order=-2,
)
def fill_or_drop_non_finite(recipe: Recipe, option: str) -> Recipe:
    """Rows whose inputs or targets hold NaN or infinity left out of training.

    What it changes: the training rows. In inputs of rows that judge, what is not finite becomes
    the mean of the training rows there; rows to be predicted later are to be filled likewise.

    When it helps: one such value makes the loss, and all weights, NaN.

    What it can harm: rows that lack values may be of a kind of their own.

    References: Little and Rubin, Statistical Analysis with Missing Data, 2019.
    """
    made = without_what(recipe, lambda r: non_finite_left_out.vary(r, option))
    return replace(made, validation=_filled(made.validation, made.train))


def _filled(rows: Rows, train: Rows) -> Rows:
    x = map_leaves(_fill, rows.x, train.x)
    return replace(rows, x=x, fed=tuple(map_leaves(_fill, draw, train.x) for draw in rows.fed))


def _fill(leaf: Any, train: Any) -> Any:
    values = np.asarray(leaf)
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return leaf
    mean = np.asarray(train, np.float64).mean(axis=0)
    return np.where(np.isfinite(values), values, mean).astype(values.dtype)
