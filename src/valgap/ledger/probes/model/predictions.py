"""What the model makes of the rows of both splits, by output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Split
from valgap.ledger.passes import Pass
from valgap.ledger.probes.model.calibration import (
    calibration_error,
    cross_tempered,
    reliability,
    scores_of,
    tempered,
)
from valgap.ledger.probes.model.classes import Classified, as_probabilities, classified, threshold
from valgap.ledger.probes.model.intervals import explained, mean_of, wilson
from valgap.ledger.probes.model.subject import Output, Subject, logits_of, targets_of
from valgap.ledger.score import Scores
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, leaves
from valgap.stats import paired

# Outputs that differ by less over the rows are rounding of one and the same number.
_SAME = 1e-6
_WORST, _MOST_CLASSES = 10, 100


def predictions(
    subject: Subject, split: Split, table: Table, run: Pass, scores: Scores
) -> tuple[Predictions, ...]:
    """Returns one record an output of one split.

    Args:
        subject: what is measured.
        split: which rows these are.
        table: the rows.
        run: the pass over them in inference mode.
        scores: that pass, scored with the loss of the fit.
    """
    names = tuple(o.name for o in subject.outputs)
    targets = targets_of(table.y, names)
    found = list(leaves(concatenate(run.predictions)))
    return tuple(
        Predictions(
            split=split,
            output=output.name,
            epoch=subject.epoch,
            task=output.task,
            rows=table.rows,
            **_spread(values),
            **_scored(
                _Made(output, target, values, logits, table), _loss(scores, output, len(names))
            ),
        )
        for output, target, values, logits in zip(
            subject.outputs, targets, found, logits_of(run), strict=True
        )
    )


def probabilities(subject: Subject, run: Pass) -> tuple[NDArray[Any], ...]:
    """Returns each output over all rows, as probabilities where the loss is given scores."""
    found = leaves(concatenate(run.predictions))
    return tuple(
        values if not output.logits else _turned(output, values)
        for output, values in zip(subject.outputs, found, strict=True)
    )


def _turned(output: Output, values: NDArray[Any]) -> NDArray[Any]:
    turned = as_probabilities(output, values.astype(np.float64))
    return values if turned is None else turned


def _loss(scores: Scores, output: Output, outputs: int) -> Estimate | None:
    parts = scores.parts.get("loss" if outputs == 1 else f"{output.name}_loss")
    if parts is None or not np.isfinite(parts).all():
        return None
    return paired(parts)


def _spread(values: NDArray[Any]) -> dict[str, Any]:
    flat = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    if not np.isfinite(flat).all():
        return {}
    reach = float(np.ptp(flat, axis=0).max())
    return {
        "constant": len(flat) > 1 and reach <= _SAME * max(1.0, float(np.abs(flat).max())),
        "spread": float(np.sqrt(flat.var(axis=0).mean())),
        "low": float(flat.min()),
        "high": float(flat.max()),
    }


@dataclass(frozen=True, slots=True)
class _Made:
    """One output on the rows of a table."""

    output: Output
    target: NDArray[Any] | None
    values: NDArray[Any]
    logits: Any
    table: Table


def _scored(made: _Made, loss: Estimate | None) -> dict[str, Any]:
    """The scores that the task has; no output of NaN has any."""
    output, target, values = made.output, made.target, made.values
    if target is None or not np.isfinite(values).all():
        return {"loss": loss}
    if output.task == "regression":
        return {"loss": loss, **_regression(target, values)}
    if output.task == "multilabel":
        return {"loss": loss, **_flags(made, target, loss)}
    found = classified(output, target, values)
    if found is None:
        return {"loss": loss}
    return {"loss": loss, **_classes(found), **_trusted(found, made, loss)}


def _regression(target: NDArray[Any], values: NDArray[Any]) -> dict[str, Any]:
    t = np.asarray(target, dtype=np.float64).reshape(len(target), -1)
    p = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    if t.shape != p.shape:
        return {}
    pairs = [(a, b) for a, b in zip(t.T, p.T, strict=True) if a.std() > 0 and b.std() > 0]
    own = [float(np.corrcoef(a, b)[0, 1]) for a, b in pairs]
    return {"r2": explained(t, p), "correlation": float(np.mean(own)) if own else None}


def _flags(made: _Made, target: NDArray[Any], loss: Estimate | None) -> dict[str, Any]:
    """Each flag by itself, then their mean; `recalls` are of rows that have the flag."""
    output, values = made.output, np.asarray(made.values, dtype=np.float64)
    if target.shape != values.shape:
        return {}
    values = values.reshape(len(values), -1)
    truth, chosen = target.reshape(values.shape) > 0.5, values > threshold(output)
    accuracies, balanced, recalls = [], [], {}
    for flag, (has, said) in enumerate(zip(truth.T, chosen.T, strict=True)):
        accuracies.append(wilson(float(np.mean(has == said)), len(has)))
        own = {k: _share(said[has == k] == k) for k in (False, True) if (has == k).any()}
        balanced.append(mean_of(list(own.values())))
        if has.any() and flag < _MOST_CLASSES:
            recalls[str(flag)] = own[True]
    shares = truth.mean(axis=0)
    p = as_probabilities(output, values)
    both = None if p is None else np.stack([1 - p, p], axis=-1)
    found = Classified(truth.astype(np.int64), chosen.astype(np.int64), both, ("0", "1"))
    return {
        "accuracy": mean_of(accuracies, independent=False),
        "balanced_accuracy": mean_of(balanced, independent=False),
        "majority": float(np.maximum(shares, 1 - shares).mean()),
        "recalls": recalls,
        **_trusted(found, made, loss),
    }


def _share(right: NDArray[np.bool_]) -> Estimate:
    return wilson(float(right.mean()), len(right))


def _classes(found: Classified) -> dict[str, Any]:
    """Accuracy, recalls and confusion. Steps of one row count as one row in the intervals."""
    truth, chosen, names = found.truth, found.chosen, found.names
    hit = truth == chosen
    recalls = {}
    for k in np.unique(truth):
        own = truth == k
        recalls[names[k]] = wilson(float(hit[own].mean()), int(own.any(axis=1).sum()))
    counts = np.bincount(truth.ravel(), minlength=len(names))
    small = len(names) <= _MOST_CLASSES
    return {
        "accuracy": wilson(float(hit.mean()), len(hit)),
        "balanced_accuracy": mean_of(list(recalls.values())),
        "majority": float(counts.max() / counts.sum()),
        "recalls": recalls if small else {},
        "confusion": _confusion(truth, chosen, len(names)) if small else (),
    }


def _confusion(
    truth: NDArray[np.int64], chosen: NDArray[np.int64], classes: int
) -> tuple[tuple[int, ...], ...]:
    pairs = np.bincount((truth * classes + chosen).ravel(), minlength=classes * classes)
    return tuple(tuple(int(n) for n in row) for row in pairs.reshape(classes, classes))


def _trusted(found: Classified, made: _Made, loss: Estimate | None) -> dict[str, Any]:
    """What the probabilities are worth, and the rows that were most surely wrong."""
    p = found.probabilities
    if p is None or p.shape[-1] < 2 or found.truth.max() >= p.shape[-1]:
        return {}
    confidence = np.take_along_axis(p, found.chosen[..., None], axis=-1)[..., 0]
    hit = found.truth == found.chosen
    sure = np.where(hit, -1.0, confidence).max(axis=1)
    order = np.argsort(-sure, kind="stable")[:_WORST]
    worst = tuple(int(_position(made.table, i)) for i in order if sure[i] >= 0)
    scores = scores_of(p, made.logits)
    mended = tempered(scores, found.truth, None if loss is None else loss.value)
    after = cross_tempered(scores, found.truth, found.chosen).ravel() if mended else None
    return {
        "reliability": reliability(confidence.ravel(), hit.ravel()),
        "reliability_tempered": () if after is None else reliability(after, hit.ravel()),
        "calibration_error": calibration_error(confidence.ravel(), hit.ravel()),
        "confidence": float(confidence.mean()),
        "worst_rows": worst,
        "temperature": None if mended is None else mended[0],
        "loss_tempered": None if mended is None else mended[1],
    }


def _position(table: Table, row: int) -> int:
    """Where a row stands in its split, or in the sample where that is not known."""
    known = int(table.ids[row])
    return known if known >= 0 else row
