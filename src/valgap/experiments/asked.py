"""What the targets of a recipe ask of its head and loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import one_target
from valgap.experiments.structure import Head, activation_of, wrapped
from valgap.ledger.probes.rows.tasks import class_of_rows, task_of
from valgap.observe.recipe import Recipe

Kind = Literal["two", "classes", "flags", "numbers"]
_LOSSES = {
    "two": "binary_crossentropy",
    "classes": "sparse_categorical_crossentropy",
    "flags": "binary_crossentropy",
    "numbers": "mean_squared_error",
}
_ACTIVATIONS = {"two": "sigmoid", "classes": "softmax", "flags": "sigmoid", "numbers": "linear"}
_FOR_NUMBERS = ("error", "huber", "cosh", "mse", "mae", "msle", "mape")


@dataclass(frozen=True, slots=True)
class Asked:
    """Units, activation and loss that targets ask for, and the targets of both splits for it.

    `apart` says that one split counts its classes from another number than the other.
    """

    kind: Kind
    units: int
    train: np.ndarray
    validation: np.ndarray
    apart: bool = False

    @property
    def activation(self) -> str:
        """What the head is to end in."""
        return _ACTIVATIONS[self.kind]

    @property
    def loss(self) -> str:
        """What it is to be scored by."""
        return _LOSSES[self.kind]


def asked(recipe: Recipe) -> Asked:
    """Returns what the targets of a recipe ask for, by their values alone.

    Raises:
        CannotVaryError: if there are several outputs, or targets are none of a row.
    """
    both = [one_target(rows) for rows in (recipe.train, recipe.validation)]
    tasks = [task_of(target) for target in both]
    if tasks[0] in ("binary", "multiclass"):
        return _of_classes(*(class_of_rows(target) for target in both))
    if tasks[0] not in ("multilabel", "regression") or both[0].ndim > 2:
        raise CannotVaryError("targets are not one label, number or row of flags a row")
    kind: Kind = "flags" if tasks[0] == "multilabel" else "numbers"
    made = [np.asarray(target, np.float32).reshape(len(target), -1) for target in both]
    return Asked(kind, made[0].shape[1], made[0], made[1])


def _of_classes(ours: np.ndarray, theirs: np.ndarray) -> Asked:
    """Classes of both splits as numbers 0 to k - 1."""
    names = [np.unique(side) for side in (ours, theirs)]
    apart = _are_the_same_moved(*names)
    if not apart:
        names = [np.union1d(*names)] * 2
    codes = [np.searchsorted(n, side) for n, side in zip(names, (ours, theirs), strict=True)]
    count = len(names[0])
    if count > 2:
        return Asked("classes", count, codes[0], codes[1], apart)
    two = [c.astype(np.float32).reshape(-1, 1) for c in codes]
    return Asked("two", 1, two[0], two[1], apart)


def _are_the_same_moved(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether one split counts from another number, or in other steps, than the other."""
    if len(ours) != len(theirs) or len(ours) < 2 or np.array_equal(ours, theirs):
        return False
    step = np.ptp(theirs) / np.ptp(ours)
    return bool(np.allclose(theirs, (ours - ours[0]) * step + theirs[0]))


def fits(recipe: Recipe, head: Head, wanted: Asked) -> bool:
    """Whether head, loss and targets are what targets ask for, or as good."""
    name, logits = loss_of(recipe.loss)
    units, ends = wrapped(head.layer)["config"]["units"], activation_of(head)
    if wanted.kind == "numbers":
        is_meant = any(part in name for part in _FOR_NUMBERS)
        return is_meant and ends == "linear" and units == wanted.units
    both = [one_target(rows) for rows in (recipe.train, recipe.validation)]
    if wanted.apart or "crossentropy" not in name:
        return False
    if "binary" in name:
        is_flags = units == wanted.units and all(set(np.unique(t)) <= {0, 1} for t in both)
        width = math.prod(both[0].shape[1:])
        return is_flags and width == units and ends == ("linear" if logits else "sigmoid")
    return _are_classes(name, units, both, wanted) and ends == ("linear" if logits else "softmax")


def _are_classes(name: str, units: int, both: list[np.ndarray], wanted: Asked) -> bool:
    """Whether targets of both splits name one of the units of a head with as many, or more."""
    if wanted.kind == "flags" or units < max(2, wanted.units):
        return False
    width = 1 if "sparse" in name else units
    in_range = all(t.min() >= 0 and t.max() < units for t in both)
    return in_range and all(math.prod(t.shape[1:]) == width for t in both)


def loss_of(loss: Any) -> tuple[str, bool]:
    """Returns the name of the one loss in snake case, and whether it takes scores."""
    if isinstance(loss, dict) and "class_name" in loss:
        config = loss["config"] if isinstance(loss.get("config"), dict) else {}
        name = "".join(f"_{c.lower()}" if c.isupper() else c for c in loss["class_name"])
        return name.lstrip("_"), bool(config.get("from_logits"))
    if isinstance(loss, (dict, list, tuple)):
        parts = list(loss.values()) if isinstance(loss, dict) else list(loss)
        return loss_of(parts[0]) if len(parts) == 1 else ("", False)
    return str(getattr(loss, "__name__", loss)), False


def in_place_of(loss: Any, name: str) -> Any:
    """Returns a loss by name, in whatever held the one before."""
    if isinstance(loss, dict) and "class_name" not in loss:
        return dict.fromkeys(loss, name)
    return [name] * len(loss) if isinstance(loss, (list, tuple)) else name
