"""Training rows whose label other rows contradict left out: DAT207 and DAT104."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import SEED, labels_of, with_rows
from valgap.experiments.scaling import scales_of, table_of
from valgap.observe.recipe import Recipe

DOUBTFUL = 0.1
FOLDS, COLUMNS, LEAST_A_CLASS = 5, 64, 2


@experiment(
    name="doubtful-labels-left-out",
    settles=("DAT207", "DAT104"),
    varied="training rows whose label a cheap model holds for wrong: left out",
    held="validation rows, seed, epochs and all other settings",
    applies=lambda finding: "mend-labels" not in finding.remedies,
)
def doubtful_labels_left_out(recipe: Recipe, option: str) -> Recipe:
    """The same fit without training rows to whose label other rows give less than a tenth.

    The probability is that of a logistic regression on standardised inputs (64 principal
    components of wide ones), fitted to the other folds.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that those labels do no harm or are right. Where wrong labels of validation are the
    limit it settles nothing: no other training rows can raise the figure.

    References: Northcutt et al., Confident Learning, 2021.
    """
    labels = labels_of(recipe.train)
    chosen, given = _out_of_fold(recipe, labels)
    doubtful = (given < DOUBTFUL) & ~chosen
    if not doubtful.any():
        raise CannotVaryError("no label is doubtful")
    return replace(recipe, train=with_rows(recipe.train, np.flatnonzero(~doubtful)))


def _out_of_fold(recipe: Recipe, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether the label of a row is the likeliest, and its probability, by the other folds."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) < 2 or counts.min() < LEAST_A_CLASS:
        raise CannotVaryError(f"a class has fewer than {LEAST_A_CLASS} training rows")
    x = table_of(recipe.train, scales_of(recipe, recipe.train))
    folds = StratifiedKFold(min(FOLDS, int(counts.min())), shuffle=True, random_state=SEED)
    told = cross_val_predict(_model(x.shape), x, codes, cv=folds, method="predict_proba")
    return told.argmax(axis=1) == codes, told[np.arange(len(codes)), codes]


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
