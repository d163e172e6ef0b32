"""One training, made in a process of its own, and what came of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from valgap.evidence.trials import TrialRecord
from valgap.experiments.arms import varied
from valgap.experiments.feed import arguments
from valgap.experiments.measure import outputs_of, skills
from valgap.experiments.rebuild import build, unpacked
from valgap.observe.describe import one_line
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.fingerprint import fingerprint
from valgap.observe.sources.nested import take_rows

PATIENT = "patient"
# Training rows that a trial is scored on: as many as tell a hundredth.
SCORED_ROWS = 2000
LEAST_OF_A_PASS = 256
_recipes: dict[Path, Recipe] = {}


def make_trial(path: Path, arm: str, seed: int, epochs: int) -> TrialRecord:
    """Trains once and returns the record. Never raises for what the training does.

    Args:
        path: the recipe of the fit.
        arm: `patient`, or what is varied (see `arms`).
        seed: of weights, order and noise; the same on both sides of a pair.
        epochs: how many; fewer than the recorded ones make a shortened fit.
    """
    began = time.perf_counter()
    try:
        recipe = _read(path)
    except Exception as error:  # deleted, cut off, or of a module that is not there any more
        reason = f"the recipe cannot be read: {one_line(error)}"
        return TrialRecord(arm, seed, epochs, epochs, error=reason)
    made = TrialRecord(arm, seed, epochs, recipe.epochs)
    try:
        chosen = recipe if arm == PATIENT else varied(replace(recipe, draw=seed), arm)
        more = chosen.epochs / recipe.epochs
        is_watched = bool(recipe.callbacks or chosen.callbacks)
        fit = replace(chosen, epochs=max(1, round(epochs * more)))
        told = _trained(fit, seed, is_watched=is_watched)
    except MemoryError:
        told = {"error": "out of memory"}
    except Exception as error:  # whatever a model, a loss or a layer of the user's raises
        told = {"error": one_line(error)}
    return replace(made, **told, seconds=time.perf_counter() - began)


def _read(path: Path) -> Recipe:
    if path not in _recipes:
        import cloudpickle

        _recipes[path] = cloudpickle.loads(path.read_bytes())
    return _recipes[path]


def _trained(recipe: Recipe, seed: int, *, is_watched: bool) -> dict[str, Any]:
    """Only callbacks look at validation rows while it trains, of the patient or of the arm."""
    model = build(recipe, seed)
    watched = _watched(recipe) if is_watched else {}
    callbacks = _fresh(recipe.callbacks)
    model.fit(**arguments(recipe), **watched, epochs=recipe.epochs, callbacks=callbacks, verbose=0)
    return _scored(model, recipe)


def _watched(recipe: Recipe) -> dict[str, Any]:
    held_out = recipe.validation
    fed = held_out.fed[0] if held_out.fed else held_out.x
    parts = (fed, held_out.y) if held_out.w is None else (fed, held_out.y, held_out.w)
    return {"validation_data": parts, "validation_batch_size": _of_a_pass(recipe)}


def _fresh(callbacks: tuple[Any, ...]) -> list[Any]:
    """Copies: what a callback comes to hold, or closes over, is not for the next trial."""
    import cloudpickle

    return list(cloudpickle.loads(cloudpickle.dumps(callbacks)))


def _scored(model: Any, recipe: Recipe) -> dict[str, Any]:
    held_out, train = recipe.validation, _few(recipe.train)
    made = [_predicted(model, rows, recipe) for rows in (held_out, train)]
    loss = unpacked(recipe.loss, recipe.custom)
    outputs = outputs_of(model, loss, recipe.train, made[0])
    scores = [skills(outputs, rows, m) for rows, m in zip((held_out, train), made, strict=True)]
    losses = [_loss(model, rows, recipe) for rows in (held_out, train)]
    return {
        "score": scores[0].get(""),
        "task": "/".join(output.task for output in outputs),
        "scores": {k: v for k, v in scores[0].items() if k},
        "loss": losses[0],
        "train_score": scores[1].get(""),
        "train_loss": losses[1],
        "rows": held_out.groups or held_out.count,
        "checksum": "-".join(map(str, fingerprint((held_out.x, held_out.y)))),
    }


def _few(rows: Rows) -> Rows:
    step = max(1, rows.count // SCORED_ROWS)
    taken = np.arange(0, rows.count, step)
    parts = (take_rows(part, taken) for part in (rows.x, rows.y, rows.w))
    return Rows(*parts)


def _predicted(model: Any, rows: Rows, recipe: Recipe) -> Any:
    return model.predict(rows.x, batch_size=_of_a_pass(recipe), verbose=0)


def _of_a_pass(recipe: Recipe) -> int:
    """Rows of a batch of a forward pass, which needs less memory than a step."""
    return max(LEAST_OF_A_PASS, recipe.batch_size)


def _loss(model: Any, rows: Rows, recipe: Recipe) -> float | None:
    told = model.evaluate(
        rows.x, rows.y, batch_size=_of_a_pass(recipe), verbose=0, return_dict=True
    )
    value = float(told["loss"])
    return value if np.isfinite(value) else None
