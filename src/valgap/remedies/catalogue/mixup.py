"""Rows mixed in pairs, and their targets with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.evidence.rows import InputKind
from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import labels_of
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.recipe import Recipe
from valgap.observe.sources.nested import leaves
from valgap.remedies.added import has
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.losses import in_columns

_READ_AS_NAMES = (
    *("CategoryEncoding", "Discretization", "Embedding", "HashedCrossing", "Hashing"),
    *("IntegerLookup", "StringLookup", "TextVectorization"),
)


@remedy(
    name="mixup",
    treats=("CUR101", "CUR105", "DAT206", "DAT207", "EVL105"),
    room="data",
    changed="training batches: rows mixed in pairs, targets likewise",
    options=("0.2", "0.4"),
    excludes=("cutmix",),
    order=2,
)
def mixup(recipe: Recipe, option: str) -> Recipe:
    """Each batch is trained on as a mixture of itself and of itself in another order.

    What it changes: a callback stands around the training step and mixes inputs and targets by
    a share drawn from Beta(a, a), a being the option. Numbers of classes become columns first.
    Evaluation and the model itself stay as they are.

    When it helps: rows are few, or labels wrong, and the model is too sure between them.

    What it can harm: mixtures of rows that mean nothing; training takes more epochs, and
    probabilities become lower.

    References: Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018.
    """
    made = mixable(recipe, "image", "frames", "series", "table")
    from valgap.remedies.mixing import MixRows

    return with_callback(made, MixRows(float(option)))


def mixable(recipe: Recipe, *kinds: InputKind) -> Recipe:
    """Returns a recipe whose targets can be mixed.

    Raises:
        CannotVaryError: if they or inputs cannot: tokens, other kinds of inputs, other losses.
    """
    if not recipe.shuffle:
        raise CannotVaryError("rows are not shuffled: shuffle-rows first")
    arrays = [np.asarray(leaf) for leaf in leaves(recipe.train.x)]
    if any(kind_of(array) not in kinds for array in arrays):
        raise CannotVaryError(f"some inputs are not {' or '.join(kinds)}")
    if any(map(_is_of_names, arrays)) or has(recipe, *_READ_AS_NAMES):
        raise CannotVaryError("some inputs are names of things, which have no middle")
    labels_of(recipe.train)
    return replace(in_columns(recipe), metrics=None)


def _is_of_names(array: np.ndarray) -> bool:
    return array.dtype.kind not in "fV" and kind_of(array) in ("table", "series")
