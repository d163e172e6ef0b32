"""Models whose functions are compiled once for all trainings of an arm in a worker.

To trace and compile the functions of a small model takes as long as to train it. Two trainings of
the same arm differ by seed and rows only: the model of the first is put into the state that one
built anew would begin in, variable by variable. A training comes to the same, to the bit,
whichever it is made with, so that it does not matter which worker made what before.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from valgap.experiments.rebuild import build
from valgap.observe.recipe import Recipe
from valgap.treatment.engines.loosened import loosen, take_numbers, without_numbers

# The arms of a race, while they are small: graphs of a model take some 10 MB beside its values.
LEAST_KEPT, MOST_KEPT, MOST_VALUES = 3, 16, 20_000_000
_kept: dict[str, Any] = {}


def built(recipe: Recipe, seed: int, steps: int | None = None) -> Any:
    """Gives back the model of a recipe in its first state, compiled before where that can be.

    Args:
        recipe: what is to be trained.
        seed: of weights and all else that is drawn.
        steps: that a call of a compiled function will make.
    """
    fresh = build(recipe, seed)
    key = _key(recipe, steps) if _is_ours_to_keep(recipe, fresh) else None
    if key is None:
        return fresh
    model = _kept.pop(key, None)
    if model is None:
        model = fresh
        loosen(model)
    else:
        _begin_again(model, fresh)
    _kept[key] = model
    while len(_kept) > MOST_KEPT or (len(_kept) > LEAST_KEPT and _values() > MOST_VALUES):
        del _kept[next(iter(_kept))]
    return model


def _values() -> int:
    return sum(model.count_params() for model in _kept.values())


def _is_ours_to_keep(recipe: Recipe, model: Any) -> bool:
    """Whether all state is in variables: what a user's own code holds could be of the last fit.

    Layers that are adapted hold what they saw as constants, too.
    """
    if recipe.backend != "tensorflow" or recipe.custom:
        return False
    layers = list(model._flatten_layers())
    own = (type(each).__module__.partition(".")[0] for each in (*layers, *recipe.callbacks))
    return (
        all(package in {"keras", "valgap"} for package in own)
        and not any(_holds_what_it_saw(layer) for layer in layers)
        and not any(type(layer).__name__ == "Lambda" for layer in layers)
        and not any(hasattr(callback, "stands_around_step") for callback in recipe.callbacks)
    )


def _holds_what_it_saw(layer: Any) -> bool:
    return hasattr(layer, "adapt") and getattr(layer, "input_mean", None) is None


def _key(recipe: Recipe, steps: int | None) -> str | None:
    """What the compiled functions follow from; None where that cannot be told."""
    parts = (
        without_numbers(recipe.model), recipe.optimizer, recipe.loss, recipe.loss_weights,
        recipe.metrics, recipe.trainable, recipe.train.w is None, steps,
    )  # fmt: skip
    try:
        # As text: a pickle also tells which parts are one object, by chance or not.
        return json.dumps(parts, default=_told)
    except Exception:  # whatever a configuration holds
        return None


def _told(value: Any) -> str:
    import cloudpickle

    return hashlib.sha256(cloudpickle.dumps(value)).hexdigest()


def _begin_again(model: Any, fresh: Any) -> None:
    """Weights, seeds of layers, and the optimiser as in the fresh one."""
    fresh.optimizer.build(fresh.trainable_variables)
    model.optimizer.build(model.trainable_variables)
    for own, other in (
        (model.variables, fresh.variables),
        (model.optimizer.variables, fresh.optimizer.variables),
    ):
        for variable, value in zip(own, other, strict=True):
            variable.assign(value)
    take_numbers(model, fresh)
    model.reset_metrics()
