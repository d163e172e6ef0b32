"""Made-up inputs, targets, scores and references for the examples of checks of the split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.records import Split
from valgap.evidence.rows import InputRecord, References, TargetRecord

TRAIN_ROWS, VALIDATION_ROWS = 1000, 450


def estimate(value: float, rows: int, spread: float = 0.5) -> Estimate:
    """Gives back a score with the interval that so many rows of that spread leave it."""
    half = 1.96 * spread / max(1, rows) ** 0.5
    return Estimate(value, value - half, min(1.0, value + half), rows)


def picture(split: Split = "train", rows: int = TRAIN_ROWS, side: int = 32) -> InputRecord:
    """Gives back small pictures between 0 and 1."""
    return InputRecord(split, "input", "image", (side, side, 1), "float32", rows, 0, 1, 0.4, 0.3)


def table(split: Split = "train", rows: int = TRAIN_ROWS, features: int = 20) -> InputRecord:
    """Gives back a table of standardised features."""
    return InputRecord(
        split, "input", "table", (features,), "float32", rows, -4, 4, 0, 1, features=features
    )


def labels(split: Split, counts: Mapping[str, int], **more: Any) -> TargetRecord:
    """Gives back a target that names classes; `more` are other fields of it."""
    rows = sum(counts.values())
    known: dict[str, Any] = {"distinct": len(counts), "counts": dict(counts)}
    return TargetRecord(split, "output", "classes", (), "int64", rows, **known | more)


def scored(
    train: float,
    validation: float,
    recalls: Mapping[str, tuple[float, int]] | None = None,
    *,
    classes: int = 2,
    **more: Any,
) -> tuple[Predictions, ...]:
    """Gives back predictions of both splits with those balanced accuracies.

    `recalls` gives those of validation with their rows, from which accuracy follows; `more` are
    further fields of the validation predictions.
    """
    of_class = {c: estimate(r, n, 0.3) for c, (r, n) in (recalls or {}).items()}
    rows = sum(n for _, n in (recalls or {}).values()) or VALIDATION_ROWS
    right = sum(r * n for r, n in (recalls or {}).values()) / rows
    accuracy = right if recalls else validation
    alike = {str(c): estimate(validation, rows // classes) for c in range(classes)}
    told: dict[str, Any] = {
        "accuracy": estimate(accuracy, rows, 0.3),
        "balanced_accuracy": estimate(validation, rows),
        "recalls": of_class or alike,
    }
    return (
        Predictions(
            "train",
            "output",
            11,
            "multiclass",
            TRAIN_ROWS,
            balanced_accuracy=estimate(train, TRAIN_ROWS),
            recalls={c: estimate(train, TRAIN_ROWS // classes) for c in told["recalls"]},
        ),
        Predictions("validation", "output", 11, "multiclass", rows, **told | more),
    )


def referred(
    within: tuple[float, float | None],
    across: float,
    own: tuple[float, float],
    *,
    classes: int = 2,
    rows: tuple[int, int] = (TRAIN_ROWS, VALIDATION_ROWS),
    **more: Any,
) -> References:
    """Gives back references by balanced accuracy.

    `within`, `own` and `rows` are of training and of validation; `across` is trained on the one
    and scored on the other.
    """
    train, validation = rows
    inside = None if within[1] is None else estimate(within[1], validation)
    told: dict[str, Any] = {
        "scores": {
            "majority": estimate(1 / classes, validation),
            "linear": estimate(across, validation),
        },
        "own_train": estimate(own[0], train),
        "own": estimate(own[1], validation),
        "within_train": estimate(within[0], train),
        "within_validation": inside,
    }
    return References(
        "binary" if classes == 2 else "multiclass",
        "balanced accuracy",
        1 / classes,
        train,
        validation,
        **told | more,
    )
