"""What a fit of the last look logs by epoch, and what the rows that judge it come to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from valgap.evidence.codec import encode
from valgap.evidence.whole import put_whole
from valgap.observe.recipe import Recipe, Rows
from valgap.treatment.engines.feeding import passed

# By figure: of the training rows as logged, and of those that judge, one number an epoch.
Curves = dict[str, dict[str, list[float]]]
SPLITS = ("training", "judging")


def by_epoch(judging: Rows, recipe: Recipe) -> Any:
    """Returns a callback whose `curves` hold what was logged and what other rows come to.

    No other callback is told of those rows: nothing is stopped or slowed by them.

    Args:
        judging: rows that the fit does not train on.
        recipe: of the fit.
    """
    import keras

    asked = passed(judging, recipe)

    class ByEpoch(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.curves: Curves = {}
            self.is_broken = False

        def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
            if self.is_broken:
                return
            try:
                self._note(logs or {})
            except Exception:  # a curve is not worth the fit: none of half its epochs is kept
                self.is_broken, self.curves = True, {}

        def _note(self, logs: Mapping[str, Any]) -> None:
            told = self.model.evaluate(**asked, verbose=0, return_dict=True)
            for figure in (name for name in logs if name in told):
                both = self.curves.setdefault(figure, {split: [] for split in SPLITS})
                for split, of in zip(SPLITS, (logs, told), strict=True):
                    both[split].append(float(np.asarray(of[figure])))

    return ByEpoch()


def write_curves(predictions: Path, curves: Curves) -> None:
    """Writes curves beside the predictions of a fit."""
    put_whole(_file(predictions), json.dumps(encode(curves), allow_nan=False).encode())


def read_curves(predictions: Path) -> Mapping[str, Mapping[str, list[float | None]]]:
    """Gives back the curves of a fit by figure and split; none where they cannot be read."""
    try:
        found: Any = json.loads(_file(predictions).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file(predictions: Path) -> Path:
    return predictions.with_suffix(".json")
