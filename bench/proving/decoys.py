"""True but harmless facts, put into the recipe of a fit beside its planted cause."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from valgap.experiments.change import layers_in
from valgap.finding import Expected, Finding, Observed
from valgap.observe.recipe import Recipe, write_recipe

# Weights of classes that differ by so little, and penalties so small, change no decision.
HARDLY, NEXT_TO_NOTHING = 1.0005, 1e-9


def penalties(recipe: Recipe) -> Recipe:
    """Adds a penalty of next to nothing to every kernel that has none."""
    model = copy.deepcopy(recipe.model)
    l2 = {
        "module": "keras.regularizers", "class_name": "L2",
        "config": {"l2": NEXT_TO_NOTHING}, "registered_name": None,
    }  # fmt: skip
    for layer in layers_in(model):
        if "kernel_regularizer" in layer["config"] and not layer["config"]["kernel_regularizer"]:
            layer["config"]["kernel_regularizer"] = l2
    return dataclasses.replace(recipe, model=model)


def weights(recipe: Recipe) -> Recipe:
    """Weights every other training row by hardly more than the rest."""
    if recipe.train.w is not None or recipe.class_weight:
        return recipe
    target = np.asarray(
        recipe.train.y if not isinstance(recipe.train.y, (dict, list, tuple)) else []
    )
    if target.ndim != 1 or target.dtype.kind not in "iu" or len(np.unique(target)) > 20:
        return recipe
    table = {int(k): HARDLY if i % 2 else 1.0 for i, k in enumerate(np.unique(target))}
    w = np.array([table[int(k)] for k in target], dtype="float32")
    train = dataclasses.replace(recipe.train, w=w)
    return dataclasses.replace(recipe, train=train, class_weight=table)


def stopping(recipe: Recipe) -> Recipe:
    """Adds early stopping of a patience that no fit here reaches."""
    import keras

    made = keras.callbacks.EarlyStopping(monitor="val_loss", patience=1000)
    return dataclasses.replace(recipe, callbacks=(*recipe.callbacks, made))


# Each with the code whose finding it would be, were it taken for a cause.
DECOYS: dict[str, tuple[str, Callable[[Recipe], Recipe]]] = {
    "penalties": ("MOD110", penalties),
    "weights": ("FIT111", weights),
    "stopping": ("FIT117", stopping),
}


def put_in(path: Path, true: frozenset[str]) -> list[Finding]:
    """Puts the decoys into a recipe and gives findings that take them for causes."""
    recipe: Any = cloudpickle.loads(path.read_bytes())
    found = []
    for code, change in DECOYS.values():
        changed = recipe if code in true else change(recipe)
        if changed is not recipe:
            recipe = changed
            found.append(suspect(code, len(found) + 1))
    write_recipe(path, recipe)
    return found


def suspect(code: str, rank: int) -> Finding:
    """A suspected finding as a check would give it."""
    return Finding(
        code, code.lower(), code[:3], "warning", "suspected", "decoy",  # type: ignore[arg-type]
        Observed(None, "a harmless fact"), Expected("==", None, "none"), rank=rank,
    )  # fmt: skip
