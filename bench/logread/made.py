"""Learning curves drawn by formula, one kind a cause: what users post, without a fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Curves = dict[str, Floats]
EPOCHS = 40


def _curves(loss: Floats, val_loss: Floats, accuracy: Floats, val_accuracy: Floats) -> Curves:
    return {
        "accuracy": np.clip(accuracy, 0, 1),
        "loss": np.maximum(loss, 1e-4),
        "val_accuracy": np.clip(val_accuracy, 0, 1),
        "val_loss": np.maximum(val_loss, 1e-4),
    }


def _falling(rng: np.random.Generator, low: float) -> tuple[Floats, Floats]:
    at = np.arange(EPOCHS)
    fall = np.exp(-at / rng.uniform(4, 8))
    loss = low + 0.65 * fall + rng.normal(0, 0.004, EPOCHS)
    return loss, 1 - 0.5 * fall - 0.3 * low


def healthy(rng: np.random.Generator) -> Curves:
    """Validation follows training at a little distance."""
    loss, score = _falling(rng, 0.1)
    noise = rng.normal(0, 0.01, (2, EPOCHS))
    return _curves(loss, 1.06 * loss + noise[0], score, score - 0.01 + noise[1])


def overfitting(rng: np.random.Generator) -> Curves:
    """Validation improves, turns, and rises for good while training goes to nothing."""
    loss, score = _falling(rng, 0.0)
    at = np.arange(EPOCHS)
    noise = rng.normal(0, 0.015, (2, EPOCHS))
    rise = rng.uniform(0.01, 0.03) * np.maximum(0, at - rng.integers(4, 9))
    held_out = 0.45 + 0.3 * np.exp(-at / 2) + rise + noise[0]
    return _curves(loss, held_out, score, 0.8 - 0.3 * np.exp(-at / 3) + noise[1])


def pipeline(rng: np.random.Generator) -> Curves:
    """Validation rows are scaled otherwise: surely wrong, and more so as training goes on."""
    loss, score = _falling(rng, 0.02)
    at = np.arange(EPOCHS)
    held_out = 0.9 + rng.uniform(0.02, 0.06) * at + rng.normal(0, 0.03, EPOCHS)
    return _curves(loss, held_out, score, 0.5 + rng.normal(0, 0.01, EPOCHS))


def batch_norm(rng: np.random.Generator) -> Curves:
    """Moving statistics lag: validation leaps, now good, now absurd."""
    loss, score = _falling(rng, 0.02)
    leaps = np.abs(rng.standard_cauchy(EPOCHS)) * rng.uniform(0.3, 1.0)
    held_out = 0.3 + np.minimum(leaps, 30)
    return _curves(loss, held_out, score, 1 / (1 + held_out))


def shift(rng: np.random.Generator) -> Curves:
    """Validation rows are of another kind: a gap that opens and stands."""
    loss, score = _falling(rng, 0.03)
    at = np.arange(EPOCHS)
    held_out = 0.7 + 0.006 * at - 0.1 * (1 - np.exp(-at / 3)) + rng.normal(0, 0.02, EPOCHS)
    return _curves(loss, held_out, score, 0.65 + rng.normal(0, 0.012, EPOCHS))


def pairing(rng: np.random.Generator) -> Curves:
    """Labels of validation do not belong to their rows: chance, and surer every epoch."""
    loss, score = _falling(rng, 0.01)
    at = np.arange(EPOCHS)
    held_out = 0.7 + rng.uniform(0.04, 0.09) * at + rng.normal(0, 0.03, EPOCHS)
    return _curves(loss, held_out, score, 0.25 + rng.normal(0, 0.02, EPOCHS))


def dropout(rng: np.random.Generator) -> Curves:
    """Too much noise in training: both poor, validation the better one, and restless."""
    loss, score = _falling(rng, 0.5)
    noise = rng.normal(0, 0.03, (2, EPOCHS))
    return _curves(loss, 0.8 * loss + noise[0], 0.8 * score, 0.85 * score + noise[1])


KINDS: dict[str, Callable[[np.random.Generator], Curves]] = {
    "validation pipeline": pipeline,
    "batch norm": batch_norm,
    "shift": shift,
    "pairing": pairing,
    "dropout": dropout,
    "true overfitting": overfitting,
    "healthy": healthy,
}


def made(seeds: int) -> Iterator[tuple[str, str, Curves]]:
    """Gives cause, name and curves."""
    for cause, make in KINDS.items():
        for seed in range(seeds):
            yield cause, f"{cause}, seed {seed}", make(np.random.default_rng(seed))
