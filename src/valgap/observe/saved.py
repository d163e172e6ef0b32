"""A fit that ended elsewhere: a model as it is now, its data, and its figures by epoch."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from valgap.errors import UsageError
from valgap.observe.known import read_arrays
from valgap.observe.recorder import copied
from valgap.observe.safe_mode import safe_mode

Figures = list[dict[str, float]]
# Figures of one and the same set of weights, evaluated twice, differ by rounding alone.
_SAME = 1e-3
# CVE-2025-1550, -8747, -9905, -9906 and CVE-2026-1669 are closed from this one on.
SAFE_SINCE = (3, 13, 2)


def read_model(
    path: Path, loss: str | None, metrics: tuple[str, ...], *, trust: bool = False
) -> Any:
    """Returns a model from a `.keras` or `.h5` file, loaded in safe mode.

    Args:
        path: the file.
        loss: what to compile it with, in place of what the file holds.
        metrics: likewise.
        trust: whether code in the file, such as that of a Lambda layer, may run.

    Raises:
        UsageError: if it cannot be loaded, or there is no loss.
    """
    import keras

    if not trust:
        _refuse_unsafe(path, keras.__version__)
    model = _loaded(path, trust=trust, compiled=loss is None)
    if loss is not None:
        model.compile(loss=loss, metrics=list(metrics))
    if not getattr(model, "compiled", False):
        raise UsageError(f"{path} holds no loss: save it compiled, or give --loss")
    return model


def _loaded(path: Path, *, trust: bool, compiled: bool) -> Any:
    import keras

    try:
        with safe_mode(on=not trust):
            return keras.saving.load_model(path, compile=compiled, safe_mode=not trust)
    except Exception as error:  # Keras raises whatever a layer's own code raises
        told = f"{path} could not be loaded{_told(error, trust=trust)}"
    if compiled:
        # Keras 3.15 cannot read back "mse" from an .h5 file, and no class of the user's own.
        _loaded(path, trust=trust, compiled=False)
        told += "; the model itself can be: give --loss"
    raise UsageError(told)


def _refuse_unsafe(path: Path, version: str) -> None:
    """Safe mode of earlier versions lets code and other files in (see SECURITY.md)."""
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    if numbers < SAFE_SINCE:
        since = ".".join(map(str, SAFE_SINCE))
        raise UsageError(
            f"{path} was not loaded: the safe mode of Keras {version} has holes that {since} "
            "closed; update Keras, or give --trust if you know who made the file"
        )


def _told(error: Exception, *, trust: bool) -> str:
    text = " ".join(str(error).split())
    if trust:
        return f": {text[:200]}"
    if "safe_mode=False" in text:
        return (
            " in safe mode: it holds code, as of a Lambda layer, which loading would run; give "
            "--trust if you know who made the file"
        )
    return f" in safe mode: {text[:200]}"


def input_names(model: Any) -> tuple[str, ...]:
    """Returns the names of a model's inputs; none for a sub-classed model."""
    try:
        return tuple(tensor.name for tensor in model.inputs or ())
    except AttributeError:
        return ()


def read_rows(path: Path, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Returns `(x, y)` or `(x, y, weights)` from an `.npz` file.

    Args:
        path: a file with arrays `x` and `y`, and `sample_weight` if there are weights; a model
            of several inputs or outputs has an array for each, by name (inputs) or `y_NAME`.
        names: the names of the model's inputs.

    Raises:
        UsageError: if it cannot be read or lacks an array.
    """
    arrays = read_arrays(path)
    outputs = {n.removeprefix("y_"): a for n, a in arrays.items() if n.startswith("y_")}
    inputs = {name: arrays[name] for name in names if name in arrays}
    x = arrays.get("x", inputs if names and len(inputs) == len(names) else None)
    y = arrays.get("y", outputs or None)
    if x is None or y is None:
        found = ", ".join(arrays) or "nothing"
        raise UsageError(f"{path}: expected arrays x and y, found {found}")
    weights = arrays.get("sample_weight")
    return (x, y) if weights is None else (x, y, weights)


def read_history(path: Path) -> Figures:
    """Returns the figures of each epoch from JSON of `History.history` or a CSVLogger file.

    Raises:
        UsageError: if it is neither.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            rows = list(csv.DictReader(text.splitlines()))
            return [{k: float(v) for k, v in row.items() if k != "epoch"} for row in rows]
        return figures_of(json.loads(text))
    except OSError as error:
        raise UsageError(f"no history {path}: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError):
        raise UsageError(
            f"{path}: expected JSON of figure: [a number an epoch], or CSV of CSVLogger"
        ) from None


def figures_of(history: Any) -> Figures:
    """Returns the figures of each epoch of a `History` or of its dictionary.

    Raises:
        ValueError: if figures have different numbers of epochs.
    """
    by_name: Mapping[str, Any] = getattr(history, "history", history)
    series = {str(name): [float(v) for v in values] for name, values in by_name.items()}
    if len({len(values) for values in series.values()}) > 1:
        raise ValueError("expected as many numbers of each figure as there are epochs")
    return [dict(zip(series, row, strict=True)) for row in zip(*series.values(), strict=True)]


def evaluated(
    model: Any, train: tuple[Any, ...], validation: tuple[Any, ...] | None
) -> dict[str, float]:
    """Returns the figures of the weights as they are; the model's metrics are left as found."""
    kept = [copied(variable) for variable in model.metrics_variables]
    found = _evaluate(model, train)
    if validation is not None:
        found |= {f"val_{name}": value for name, value in _evaluate(model, validation).items()}
    for variable, value in zip(model.metrics_variables, kept, strict=False):
        variable.assign(value)
    return found


def _evaluate(model: Any, rows: tuple[Any, ...]) -> dict[str, float]:
    x, y, w = (*rows, None)[:3]
    found = model.evaluate(x, y, sample_weight=w, verbose=0, return_dict=True)
    return {str(name): float(value) for name, value in found.items()}


def epoch_of(figures: Figures, now: Mapping[str, float]) -> int | None:
    """Returns the epoch whose validation loss is that of the weights as they are, or None."""
    name = "val_loss" if "val_loss" in now else "loss"
    known = [(abs(f[name] - now[name]), i) for i, f in enumerate(figures) if name in f]
    if not known or not np.isfinite(now[name]):
        return None
    difference, epoch = min(known, key=lambda pair: (pair[0], -pair[1]))
    return epoch if difference <= _SAME * max(1.0, abs(now[name])) else None
