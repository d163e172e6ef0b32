"""Cheap models of a table of features, all by scikit-learn, and their out-of-fold scores."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from valgap.evidence.rows import Task
from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, Ints

Kind = Literal["majority", "linear", "neighbours", "trees"]
KINDS: tuple[Kind, ...] = ("linear", "neighbours", "trees")
"""Those that look at the inputs."""

Model: TypeAlias = Callable[[Floats], Floats]

# Prior variance of the score of a row under a linear model, whatever the number of columns.
SCORE_VARIANCE = 10.0
NEIGHBOURS, TREES = 5, 50
MANY_CLASSES = 10
FOLDS = 5
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows to learn from: features (rows, columns), and targets `y` as in `answers.Truth`.

    `width` is how many columns scores have; a class without a row in `y` scores 0.
    """

    task: Task
    x: Floats
    y: Array
    width: int

    def take(self, rows: Ints | Bools) -> Asked:
        """Returns the question for some of the rows."""
        return Asked(self.task, self.x[rows], self.y[rows], self.width)


def fitted(kind: Kind, asked: Asked) -> Model:
    """Returns a function from features (rows, columns) to scores (rows, width).

    `majority` gives every row the shares, or the mean, of the rows it learned from.
    """
    if kind == "majority" or not _differ(asked.y):
        return _constant(asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if asked.task == "regression":
            return _regression(kind, asked.x, asked.y)
        if asked.task == "multilabel":
            return _flags(kind, asked.x, asked.y)
        return _classes(kind, asked.x, asked.y, asked.width)


def out_of_fold(kind: Kind, asked: Asked, fold: Ints) -> Floats:
    """Returns the scores of each row (rows, width) by a model of the other folds."""
    given = np.zeros((len(asked.x), asked.width))
    for i in range(int(fold.max()) + 1):
        there = fold == i
        if there.any():
            given[there] = fitted(kind, asked.take(~there))(asked.x[there])
    return given


def folds_of(task: Task, y: Array, groups: Ints, folds: int = FOLDS) -> Ints:
    """Returns the fold of each row, classes dealt out evenly and groups kept together."""
    rng = np.random.default_rng(_SEED)
    names, first, of_row = np.unique(groups, return_index=True, return_inverse=True)
    label = _strata(task, y)[first]
    shuffled = rng.permutation(len(names))
    dealt = np.empty(len(names), np.int64)
    dealt[shuffled[np.argsort(label[shuffled], kind="stable")]] = np.arange(len(names)) % folds
    return dealt[of_row.reshape(-1)]


def _strata(task: Task, y: Array) -> Ints:
    if task in ("binary", "multiclass"):
        return np.asarray(y)
    if task == "multilabel":
        return np.unique(y, axis=0, return_inverse=True)[1].reshape(-1)
    ranks = np.argsort(np.argsort(y[:, 0], kind="stable"), kind="stable")
    return np.asarray(ranks * 10 // max(1, len(y)))


def _differ(y: Array) -> bool:
    return bool(np.any(np.ptp(y, axis=0) > 0))


def _constant(asked: Asked) -> Model:
    if asked.task in ("binary", "multiclass"):
        shares = np.bincount(asked.y, minlength=asked.width) / len(asked.y)
    else:
        shares = asked.y.mean(axis=0)
    return lambda x: np.tile(shares, (len(x), 1))


def _classes(kind: Kind, x: Floats, y: Ints, width: int) -> Model:
    many = len(np.unique(y)) > MANY_CLASSES
    model = (_discriminant() if kind == "linear" and many else _classifier(kind, x, len(y))).fit(
        x, y
    )

    def scores(new: Floats) -> Floats:
        given = np.zeros((len(new), width))
        given[:, model.classes_] = model.predict_proba(new)
        return given

    return scores


def _flags(kind: Kind, x: Floats, y: Ints) -> Model:
    """Trees and neighbours take all flags at once; linear models take one each."""
    varying = [j for j in range(y.shape[1]) if _differ(y[:, j])]
    shares = y.mean(axis=0)
    groups = [[j] for j in varying] if kind == "linear" else [varying]
    models = [_classifier(kind, x, len(y)).fit(x, y[:, np.squeeze(g)]) for g in groups]

    def scores(new: Floats) -> Floats:
        given = np.tile(shares, (len(new), 1))
        for columns, model in zip(groups, models, strict=True):
            told = model.predict_proba(new)  # a list where there are several flags
            made = told if isinstance(told, list) else [told]
            given[:, columns] = np.stack([one[:, 1] for one in made], axis=1)
        return given

    return scores


def _regression(kind: Kind, x: Floats, y: Floats) -> Model:
    mean, spread = y.mean(axis=0), y.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    model = _regressor(kind, len(y)).fit(x, (y - mean) / spread)

    def scores(new: Floats) -> Floats:
        made = np.asarray(model.predict(new), dtype=np.float64).reshape(len(new), -1)
        return np.asarray(made * spread + mean)

    return scores


def _classifier(kind: Kind, x: Floats, rows: int) -> Any:
    if kind == "linear":
        from sklearn.linear_model import LogisticRegression

        variance = max(float(x.var(axis=0).sum()), 1e-12)
        return LogisticRegression(C=SCORE_VARIANCE / variance, max_iter=100, tol=1e-3)
    if kind == "neighbours":
        from sklearn.neighbors import KNeighborsClassifier

        k = min(NEIGHBOURS, rows)
        return KNeighborsClassifier(k, weights="distance", algorithm="brute", n_jobs=1)
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=0, n_jobs=1)


def _discriminant() -> Any:
    """Linear too, and solved at once, where a logistic model of many classes takes long."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)


def _regressor(kind: Kind, rows: int) -> Any:
    if kind == "linear":
        from sklearn.linear_model import RidgeCV

        return RidgeCV(alphas=np.geomspace(1e-3, 1e3, 7))
    if kind == "neighbours":
        from sklearn.neighbors import KNeighborsRegressor

        k = min(NEIGHBOURS, rows)
        return KNeighborsRegressor(k, weights="distance", algorithm="brute", n_jobs=1)
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(
        TREES, min_samples_leaf=2, max_features=1 / 3, random_state=0, n_jobs=1
    )
