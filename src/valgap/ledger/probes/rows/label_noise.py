"""Labels of training rows that look wrong: confident learning, by cleanlab where installed."""

from __future__ import annotations

import importlib
import importlib.util
import random

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import LabelNoise
from valgap.ledger.probes.rows.arrays import Array, Floats, Ints
from valgap.ledger.probes.rows.cheap import Asked, fitted, folds_of, out_of_fold
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.scores import proportion
from valgap.ledger.probes.rows.study import Study, study_of
from valgap.ledger.probes.rows.within import LEAST_ROWS, usable

MOST_LISTED = 20
_SEED = 20240229


def label_noise(prepared: Prepared, clock: Clock) -> LabelNoise:
    """Returns the training labels that out-of-fold predictions contradict with confidence.

    Northcutt, Jiang and Chuang, Confident Learning, JAIR 70, 2021. The predictions are those
    of a linear model, whose probabilities are calibrated.

    Raises:
        NotApplicableError: where there are no classes, few rows, no signal, or no cleanlab.
    """
    if importlib.util.find_spec("cleanlab") is None:
        raise NotApplicableError("cleanlab is not installed")
    study = study_of(prepared, clock)
    if study.task not in ("binary", "multiclass"):
        raise NotApplicableError("it is about one class a row")
    y = study.y["train"]
    rows = usable(study.task, y)
    classes, labels = np.unique(y[rows], return_inverse=True)
    if len(rows) < LEAST_ROWS or len(classes) < 2:
        raise NotApplicableError("too few rows of two classes or more")
    groups = prepared.equal_rows("train")[study.answers.truth["train"].known][rows]
    if len(np.unique(groups)) < LEAST_ROWS:
        raise NotApplicableError("most rows have equal inputs")
    fold = folds_of(study.task, labels, groups)
    asked = Asked(study.task, study.x["train"][rows], labels, len(classes))
    given = out_of_fold("linear", asked, fold)
    reference = float(np.mean(given.argmax(axis=1) == labels))
    if reference <= float(np.bincount(labels).max() / len(labels)):
        raise NotApplicableError("the reference does no better than the majority class")
    worst = _issues(labels, given / given.sum(axis=1, keepdims=True))
    known = np.flatnonzero(study.answers.truth["train"].known)
    listed = prepared.part("train").index[known[rows[worst[:MOST_LISTED]]]]
    return LabelNoise(
        len(rows),
        len(worst),
        reference,
        tuple(int(row) for row in listed),
        proportion(len(worst), len(rows)),
        _of_validation(study, asked, classes),
    )


def _of_validation(study: Study, asked: Asked, classes: Array) -> Estimate | None:
    """The share of validation labels that look wrong to a model of the training rows."""
    if not study.can_cross:
        return None
    y = study.y["validation"]
    known = np.isin(y, classes)
    labels = np.searchsorted(classes, y[known])
    if len(labels) < LEAST_ROWS or len(np.unique(labels)) < len(classes):
        return None
    given = fitted("linear", asked)(study.x["validation"][known])
    worst = _issues(labels, given / given.sum(axis=1, keepdims=True))
    return proportion(len(worst), len(labels))


def _issues(labels: Ints, given: Floats) -> Ints:
    """Positions of labels that look wrong, the worst first; global random states are kept."""
    find_label_issues = importlib.import_module("cleanlab.filter").find_label_issues

    python, numpys = random.getstate(), np.random.get_state()
    try:
        found = find_label_issues(
            labels, given, return_indices_ranked_by="self_confidence", n_jobs=1
        )
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
    return np.asarray(found, dtype=np.int64)
