"""True but harmless facts, put into the recipe of a fit beside its planted cause.

Two change nothing by how they are made; the others are changes that a person would call
harmless, and may matter a little: where one is taken for the cause the oracle is asked.
"""

from __future__ import annotations

import copy
import dataclasses
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from valgap.experiments.change import layers_in
from valgap.finding import Expected, Finding, Observed
from valgap.observe.recipe import Recipe, write_recipe

HARDLY, NEXT_TO_NOTHING = 1.05, 1e-6
WIDER, FAR_NORM, A_HUNDREDTH_LESS = 1.5, 100.0, 0.99
# So many decoys are put beside the causes of half of the scripts, drawn by the script's name.
AT_ONCE, SHARE = 2, 0.5


def penalties(recipe: Recipe) -> Recipe:
    """Adds a penalty of a millionth to every kernel that has none."""
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
    """Weights every other class by a twentieth more than the rest."""
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


def clipping(recipe: Recipe) -> Recipe:
    """Clips gradients at a norm that few or none have."""
    config = recipe.optimizer["config"]
    if any(config.get(name) for name in ("clipnorm", "global_clipnorm", "clipvalue")):
        return recipe
    clipped = {**recipe.optimizer, "config": {**config, "global_clipnorm": FAR_NORM}}
    return dataclasses.replace(recipe, optimizer=clipped)


def schedule(recipe: Recipe) -> Recipe:
    """Lowers the rate by a hundredth each epoch."""
    import keras

    made = keras.callbacks.LearningRateScheduler(lambda _, rate: rate * A_HUNDREDTH_LESS)
    if isinstance(recipe.optimizer["config"].get("learning_rate"), dict):
        return recipe
    return dataclasses.replace(recipe, callbacks=(*recipe.callbacks, made))


def spread(recipe: Recipe) -> Recipe:
    """Widens floats of both splits by half, where the model does not scale them itself."""
    inputs = recipe.train.x
    is_plain = isinstance(inputs, np.ndarray) and inputs.dtype.kind == "f"
    names = {layer["class_name"] for layer in layers_in(recipe.model)}
    if not is_plain or recipe.validation.fed or names & {"Normalization", "Rescaling"}:
        return recipe
    train, validation = (
        dataclasses.replace(rows, x=rows.x * inputs.dtype.type(WIDER))
        for rows in (recipe.train, recipe.validation)
    )
    return dataclasses.replace(recipe, train=train, validation=validation)


# Each with the code whose finding it would be, were it taken for a cause.
DECOYS: dict[str, tuple[str, Callable[[Recipe], Recipe]]] = {
    "penalties": ("MOD110", penalties),
    "weights": ("FIT111", weights),
    "stopping": ("FIT117", stopping),
    "clipping": ("FIT116", clipping),
    "schedule": ("FIT118", schedule),
    "spread": ("DAT301", spread),
}


def put_in(path: Path, true: frozenset[str], name: str) -> list[Finding]:
    """Puts decoys into a recipe and gives findings that take them for causes."""
    recipe: Any = cloudpickle.loads(path.read_bytes())
    rng = random.Random(name)
    drawn = rng.sample(sorted(DECOYS), len(DECOYS)) if rng.random() < SHARE else []
    found: list[Finding] = []
    for code, change in (DECOYS[each] for each in drawn):
        changed = recipe if code in true or len(found) == AT_ONCE else change(recipe)
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
