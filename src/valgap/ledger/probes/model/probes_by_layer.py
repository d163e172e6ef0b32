"""How much of the classes a linear classifier can read off the output of each layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.records import Split
from valgap.ledger.probes.model.activations import batches, float_array, sample
from valgap.ledger.probes.model.classes import classified
from valgap.ledger.probes.model.intervals import wilson
from valgap.ledger.probes.model.spying import eager_pass, seen
from valgap.ledger.probes.model.subject import Subject, targets_of
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, leaves

_ROWS, _LAYERS, _COLUMNS, _COMPONENTS, _SEED = 320, 8, 2048, 32, 20240711
_LEAST_ROWS = 40
# Training rows are scored by a classifier that did not see them, as validation rows are: what it
# learns by heart itself would else be taken for a gap of the network.
_FOLDS = 5
Floats = NDArray[np.float64]


def probes_by_layer(subject: Subject, layers: list[Any]) -> dict[int, dict[str, Any]]:
    """Returns the two scores for up to eight layers, by identity of the layer.

    The score on training rows is by cross-validation within them, so that both are of rows that
    are new to the classifier: they differ by what the layers have learned by heart.

    Args:
        subject: what is measured.
        layers: layers with weights in the order of their calls.

    Raises:
        UnmeasurableError: where there are no classes, no validation rows or too few.
    """
    if "validation" not in subject.tables:
        raise UnmeasurableError("the fit has no validation rows to score on")
    chosen = _spread(layers)
    seen_in: dict[Split, tuple[dict[int, Floats], NDArray[np.int64]]] = {
        split: _pooled(subject, chosen, subject.tables[split]) for split in subject.tables
    }
    (x, y), (xv, yv) = seen_in["train"], seen_in["validation"]
    if min(len(y), len(yv)) < _LEAST_ROWS or len(np.unique(y)) < 2:
        raise UnmeasurableError(f"it takes {_LEAST_ROWS} rows of two classes in each split")
    found = {}
    for layer in chosen:
        if subject.seconds_left < 0:
            break
        key = id(layer)
        if key in x and key in xv:
            found[key] = _probe(x[key], y, xv[key], yv)
    return found


def _spread(layers: list[Any]) -> list[Any]:
    at = np.unique(np.linspace(0, len(layers) - 1, min(_LAYERS, len(layers))).astype(int))
    return [layers[i] for i in at] if layers else []


def _pooled(
    subject: Subject, layers: list[Any], table: Table
) -> tuple[dict[int, Floats], NDArray[np.int64]]:
    """Mean and maximum over positions and calls of each layer's units, by row; the classes."""
    table = sample(table, subject.within(_ROWS, 2, 0.3))
    parts: dict[int, list[Floats]] = {}
    found = []
    for batch in batches(table):
        calls: dict[int, list[Floats]] = {}

        def see(layer: Any, args: Any, kwargs: Any, output: Any, calls: Any = calls) -> None:
            del args, kwargs
            values = float_array(output)
            if values is not None:
                calls.setdefault(id(layer), []).append(_features(values))

        with seen(layers, see):
            found.append(eager_pass(subject.clone, batch))
        for key, several in calls.items():
            if len({one.shape for one in several}) == 1:
                parts.setdefault(key, []).append(np.mean(several, axis=0))
    predicted = [list(leaves(concatenate(run.predictions))) for run in found]
    y = _classes(subject, table, [np.concatenate(same) for same in zip(*predicted, strict=True)])
    return {key: np.concatenate(p) for key, p in parts.items() if _rows(p) == len(y)}, y


def _rows(parts: list[Floats]) -> int:
    return sum(len(part) for part in parts)


def _features(values: NDArray[Any]) -> Floats:
    flat = np.asarray(values, dtype=np.float64)
    if flat.ndim > 2:
        flat = flat.reshape(len(flat), -1, flat.shape[-1])
        flat = np.concatenate([flat.mean(axis=1), flat.max(axis=1)], axis=1)
    columns = flat.shape[1]
    if columns > _COLUMNS:
        flat = flat[:, np.random.default_rng(_SEED).permutation(columns)[:_COLUMNS]]
    return flat


def _classes(subject: Subject, table: Table, predicted: list[Any]) -> NDArray[np.int64]:
    """Classes of the first output that has them, one a row."""
    targets = targets_of(table.y, tuple(o.name for o in subject.outputs))
    for output, target, values in zip(subject.outputs, targets, predicted, strict=True):
        if output.task in ("binary", "multiclass") and target is not None:
            found = classified(output, target, values)
            if found is not None and found.truth.shape[1] == 1:
                return found.truth[:, 0]
    raise UnmeasurableError("no output gives a row one of several classes")


def _probe(x: Floats, y: NDArray[np.int64], xv: Floats, yv: NDArray[np.int64]) -> dict[str, Any]:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if not (np.isfinite(x).all() and np.isfinite(xv).all()):
        return {}
    components = min(_COMPONENTS, x.shape[1], len(x) * (_FOLDS - 1) // _FOLDS - 1)
    model = make_pipeline(
        StandardScaler(),
        PCA(components, random_state=0),
        LogisticRegression(max_iter=200, C=0.1),
    )
    # A fold of one class only cannot be fitted: its score is not a number then.
    folds = KFold(_FOLDS, shuffle=True, random_state=0)
    seen = float(cross_val_score(model, x, y, cv=folds, error_score=np.nan).mean())
    if not np.isfinite(seen):
        return {}
    model.fit(x, y)
    return {
        "probe_train": wilson(seen, len(y)),
        "probe_validation": wilson(float(model.score(xv, yv)), len(yv)),
    }
