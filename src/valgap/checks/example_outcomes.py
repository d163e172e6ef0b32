"""Made-up predictions and references for the examples of checks, by rows and score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Split
from valgap.evidence.rows import References, Task

_TRAIN_ROWS = 1000


def estimate(value: float, rows: int, spread: float = 0.5) -> Estimate:
    """Gives back a score with the interval that so many rows of that spread leave it."""
    half = 1.96 * spread / rows**0.5
    return Estimate(value, value - half, min(1.0, value + half), rows)


def classified(
    train: float, validation: float, *, classes: int = 2, rows: int = 450, **more: Any
) -> tuple[Predictions, ...]:
    """Gives back predictions with balanced accuracies; `more` are fields of validation."""
    return (
        _classified("train", train, classes, _TRAIN_ROWS, {}),
        _classified("validation", validation, classes, rows, more),
    )


def _classified(
    split: Split, score: float, classes: int, rows: int, more: Mapping[str, Any]
) -> Predictions:
    spread = max(0.1, (score * (1 - score)) ** 0.5)
    told: dict[str, Any] = {
        "accuracy": estimate(score, rows, spread),
        "balanced_accuracy": estimate(score, rows, spread),
        "majority": 1 / classes,
        "recalls": {str(i): estimate(score, rows // classes, spread) for i in range(classes)},
    }
    task: Task = "binary" if classes == 2 else "multiclass"
    return Predictions(split, "output", 11, task, rows, **told | dict(more))


def regressed(train: float, validation: float, *, rows: int = 450) -> tuple[Predictions, ...]:
    """Gives back predictions of numbers with shares of variance explained."""
    scores: dict[Split, float] = {"train": train, "validation": validation}
    return tuple(
        Predictions(split, "output", 11, "regression", rows, r2=estimate(r2, rows, 0.4))
        for split, r2 in scores.items()
    )


def references(score: float, own: float, *, classes: int = 2, rows: int = 450) -> References:
    """Gives back a linear reference beside the own model, by balanced accuracy."""
    scores = {"majority": estimate(1 / classes, rows), "linear": estimate(score, rows, 0.4)}
    return References(
        task="binary" if classes == 2 else "multiclass",
        measure="balanced accuracy",
        chance=1 / classes,
        rows_train=_TRAIN_ROWS,
        rows_validation=rows,
        scores=scores,
        own=estimate(own, rows, 0.4),
        within_train=estimate(score, _TRAIN_ROWS, 0.4),
    )
