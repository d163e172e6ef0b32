"""Made-up scores for the examples of checks: predictions of both splits, cheap references."""

from __future__ import annotations

from collections.abc import Mapping

from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Split
from valgap.evidence.rows import References

_TRAIN_ROWS, _VALIDATION_ROWS = 1000, 450


def scored(
    train: float, validation: float, *, classes: int = 4, half_width: float = 0.03
) -> tuple[Predictions, ...]:
    """Gives back predictions of both splits with those balanced accuracies."""
    rows: dict[Split, tuple[float, int]] = {
        "train": (train, _TRAIN_ROWS),
        "validation": (validation, _VALIDATION_ROWS),
    }
    return tuple(
        Predictions(
            split,
            "output",
            11,
            "binary" if classes == 2 else "multiclass",
            n,
            balanced_accuracy=_estimate(score, half_width, n),
            recalls={str(c): _estimate(score, half_width, n // classes) for c in range(classes)},
            loss=_estimate(0.3, 0.02, n),
        )
        for split, (score, n) in rows.items()
    )


def explained(train: float, validation: float, half_width: float = 0.03) -> tuple[Predictions, ...]:
    """Gives back predictions of both splits of a regression with those shares of variance."""
    return (
        Predictions("train", "output", 11, "regression", _TRAIN_ROWS, r2=_r2(train, half_width)),
        Predictions("validation", "output", 11, "regression", 450, r2=_r2(validation, half_width)),
    )


def referenced(
    score: float, *, classes: int = 4, kind: str = "linear", half_width: float = 0.03
) -> References:
    """Gives back a cheap reference with that balanced accuracy, in and across the splits."""
    scores: Mapping[str, Estimate] = {kind: _estimate(score, half_width, _VALIDATION_ROWS)}
    return References(
        "binary" if classes == 2 else "multiclass",
        "balanced accuracy",
        1 / classes,
        _TRAIN_ROWS,
        _VALIDATION_ROWS,
        scores=scores,
        within_train=_estimate(score, half_width, _TRAIN_ROWS),
    )


def _estimate(value: float, half_width: float, n: int) -> Estimate:
    return Estimate(value, max(0.0, value - half_width), min(1.0, value + half_width), n)


def _r2(value: float, half_width: float) -> Estimate:
    return Estimate(value, value - half_width, min(1.0, value + half_width), _TRAIN_ROWS)
