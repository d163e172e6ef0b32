"""What the other rows say of the label of each training row: a cheap model, out of fold."""

from __future__ import annotations

import importlib
import importlib.util
import random
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import SEED, labels_of
from valgap.experiments.scaling import scales_of, table_of
from valgap.observe.recipe import Recipe

FOLDS, COLUMNS = 5, 64


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Names of classes, the number of that of each row, and probabilities, rows x classes."""

    classes: np.ndarray
    codes: np.ndarray
    given: np.ndarray

    @property
    def likeliest(self) -> np.ndarray:
        """The name of the class that the other rows hold for right, one a row."""
        return np.asarray(self.classes[self.given.argmax(axis=1)])


def out_of_fold(recipe: Recipe) -> OutOfFold:
    """Returns what a logistic regression on standardised inputs says of rows not in its folds.

    Wide inputs are brought to 64 principal components. Rows of a group stand in one fold.

    Raises:
        CannotVaryError: if targets name no classes, or rows of one are too few.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict

    classes, codes = np.unique(labels_of(recipe.train), return_inverse=True)
    codes, groups = codes.reshape(-1), recipe.groups.get("train")
    fewest = min((_units(codes, groups, c) for c in range(len(classes))), default=0)
    if len(classes) < 2 or fewest < 2:
        raise CannotVaryError("a class has fewer than 2 training rows, or groups of them")
    x = table_of(recipe.train, scales_of(recipe, recipe.train))
    kind: Any = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = kind(min(FOLDS, fewest), shuffle=True, random_state=SEED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it need not converge to tell what is unlike a class
            given = cross_val_predict(
                _model(x.shape), x, codes, groups=groups, cv=folds, method="predict_proba"
            )
    except ValueError as error:
        # Groups may be such that a fold trains on one class.
        raise CannotVaryError(f"no cheap model can be fitted: {str(error)[:100]}") from None
    return OutOfFold(classes, codes, given)


def _units(codes: np.ndarray, groups: np.ndarray | None, code: int) -> int:
    there = codes == code
    return int(there.sum()) if groups is None else len(np.unique(groups[there]))


def _model(shape: tuple[int, ...]) -> object:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = LogisticRegression(max_iter=300)
    if shape[1] <= COLUMNS:
        return model
    # Half as many as rows, where those are few: each fold has fewer.
    columns = min(COLUMNS, shape[0] // 2)
    return make_pipeline(PCA(columns, svd_solver="randomized", random_state=SEED), model)


def doubtful(found: OutOfFold) -> np.ndarray:
    """Returns the rows whose label confident learning holds for wrong, by their positions.

    Raises:
        CannotVaryError: if cleanlab is not installed, or the cheap model tells nothing.
    """
    if importlib.util.find_spec("cleanlab") is None:
        raise CannotVaryError("cleanlab is not installed (extra labels)")
    right = float(np.mean(found.given.argmax(axis=1) == found.codes))
    if right <= np.bincount(found.codes).max() / len(found.codes):
        raise CannotVaryError("a cheap model does no better than the majority class")
    find = importlib.import_module("cleanlab.filter").find_label_issues
    python, numpys = random.getstate(), np.random.get_state()
    try:
        told = find(found.codes, found.given, return_indices_ranked_by="self_confidence", n_jobs=1)
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
    return np.sort(np.asarray(told, dtype=np.int64))
