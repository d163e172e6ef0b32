"""One feature replaced by its mean: DAT107."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.finding import Finding
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import Nested, map_leaves, named_leaves

Place = tuple[str, int | None]


def _named(finding: Finding) -> str | None:
    """The feature that a finding names, cut as it stands in its message."""
    found = re.match(r"feature (.+) alone predicts the label", finding.message)
    return found.group(1) if found else None


@experiment(
    name="feature-left-out",
    settles=("DAT107",),
    varied="the one feature that tells the label: its training mean in all rows",
    held="all other features, split, seed, epochs and all other settings",
    direction="down",
    option_of=_named,
)
def feature_left_out(recipe: Recipe, option: str) -> Recipe:
    """The same fit with one feature, or one whole input, held at its training mean.

    The option names it as `x[3]`, as `age` or as `readings[3]`; what a message cut off is
    found where it is the only one that begins so.

    What confirms: validation rows score clearly worse without, so that the figure rests on
    that feature. What refutes: they score as well, so that the others tell as much.

    References: Kaufman et al., Leakage in Data Mining, 2012.
    """
    place = _place(recipe.train.x, option)
    mean = _mean(dict(named_leaves(recipe.train.x, "x"))[place[0]], place[1])

    def blanked(rows: Rows) -> Rows:
        fed = tuple(_blanked(draw, place, mean) for draw in rows.fed)
        return replace(rows, x=_blanked(rows.x, place, mean), fed=fed)

    made = blanked(recipe.train), blanked(recipe.validation)
    return replace(recipe, train=made[0], validation=made[1])


def _place(x: Nested, option: str) -> Place:
    """The input, and of its features the one, that an option means."""
    if not option:
        raise CannotVaryError("no feature is named")
    known = [(" ".join(name.replace("!", " ").split()), place) for name, place in _places(x)]
    cut = option.removesuffix("…")
    found = [place for name, place in known if name == option]
    if not found and cut != option:
        found = [place for name, place in known if name.startswith(cut)]
    if len(set(found)) != 1:
        raise CannotVaryError(f"no one input is named {option}")
    return found[0]


def _places(x: Nested) -> Iterator[tuple[str, Place]]:
    for name, leaf in named_leaves(x, "x"):
        shape = np.shape(leaf)
        width = shape[-1] if len(shape) > 1 else 1
        yield name, (name, None)
        for j in range(width):
            yield f"{name}[{j}]", (name, j if len(shape) > 1 and width > 1 else None)


def _mean(leaf: np.ndarray, feature: int | None) -> np.ndarray:
    """The mean of a feature over rows and steps, or of each one of an input."""
    values = np.asarray(leaf if feature is None else leaf[..., feature], np.float64)
    axes = tuple(range(values.ndim - 1)) if feature is None and values.ndim > 1 else None
    finite = np.where(np.isfinite(values), values, np.nan)
    return np.asarray(np.nan_to_num(np.nanmean(finite, axis=axes)))


def _blanked(x: Nested, place: Place, mean: np.ndarray) -> Nested:
    name, feature = place
    target = dict(named_leaves(x, "x"))[name]

    def blank(leaf: np.ndarray) -> np.ndarray:
        made = np.array(leaf)
        if leaf is not target:
            return made
        held = np.rint(mean) if made.dtype.kind in "iu" else mean
        made[... if feature is None else (..., feature)] = held.astype(made.dtype)
        return made

    return map_leaves(blank, x)
