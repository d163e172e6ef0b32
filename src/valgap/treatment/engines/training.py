"""One training of a study, in the process of a worker."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import parted, strata_of, with_rows
from valgap.experiments.feed import arguments
from valgap.experiments.measure import outputs_of
from valgap.experiments.rebuild import build, unpacked
from valgap.experiments.weighting import resplit
from valgap.ledger.probes.model.classes import as_probabilities
from valgap.observe.describe import one_line
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves
from valgap.remedies.base import remedied
from valgap.treatment.engines.work import Work, read_work
from valgap.treatment.jobs import Floats, Job, Result
from valgap.treatment.plan import Fold
from valgap.treatment.selection import PLACEBO

# Of the training rows: what callbacks look at, as rows that judge are not theirs to see.
WATCHED = 0.15
LEAST_OF_A_PASS = 256
_recipes: dict[Path, Recipe] = {}


class _DivergedError(Exception):
    """Predictions that are no numbers."""


def train(path: Path, job: Job) -> Result:
    """Trains once and gives back what came of it. Never raises for what the training does.

    Args:
        path: of the work of the study.
        job: what is to be trained.
    """
    began = time.perf_counter()
    try:
        score, kept = _trained(read_work(path), job)
        made = Result(job, score, predictions=kept)
    except CannotVaryError as error:
        made = Result(job, None, error=f"cannot be applied: {error}")
    except _DivergedError:
        made = Result(job, None, error="it diverged: predictions are no numbers")
    except MemoryError:
        made = Result(job, None, error="out of memory")
    except Exception as error:  # whatever a model, a loss or a layer of the user's raises
        made = Result(job, None, error=one_line(error))
    return replace(made, seconds=time.perf_counter() - began)


def _trained(work: Work, job: Job) -> tuple[float, str]:
    arms, seed = _meant(job)
    recipe = remedied(_on_fold(_recipe(work.recipe), work.folds[job.fold], seed), arms)
    model = fitted(recipe, seed)
    predicted, targets = judged(model, recipe, recipe.validation)
    if not np.isfinite(predicted).all():
        raise _DivergedError
    score = work.judged_by.score(targets, predicted)
    kept = _keep(work.predictions, job, predicted)
    if job.phase == "final":
        model.save(kept.with_suffix(".keras"))
    return score, str(kept)


def _meant(job: Job) -> tuple[tuple[str, ...], int]:
    """The remedies and the seed; a placebo is the patient with random numbers of its own."""
    named = tuple(arm for arm in job.arms if arm.startswith(f"{PLACEBO}-"))
    drawn = sum(int.from_bytes(hashlib.sha256(n.encode()).digest()[:3]) for n in named)
    return tuple(arm for arm in job.arms if arm not in named), job.seed + drawn


def _on_fold(recipe: Recipe, fold: Fold, seed: int) -> Recipe:
    """The fit on the rows of a fold, with the groups that these are of."""
    made = resplit(replace(recipe, draw=seed), fold.validation, fold.train)
    if not recipe.groups:
        return made
    every = np.concatenate([recipe.groups["train"], recipe.groups["validation"]])
    return replace(made, groups={"train": every[fold.train], "validation": every[fold.validation]})


def fitted(recipe: Recipe, seed: int) -> Any:
    """Trains a recipe and gives back the model.

    Callbacks of the script are shown a share of the training rows: a best epoch that was chosen
    by the rows that judge would flatter.
    """
    recipe, watched = _with_watched(recipe)
    model = build(recipe, seed)
    model.fit(
        **arguments(recipe),
        **watched,
        epochs=recipe.epochs,
        callbacks=_fresh(recipe.callbacks),
        verbose=0,
    )
    return model


def judged(model: Any, recipe: Recipe, rows: Rows) -> tuple[Floats, np.ndarray]:
    """Gives back predictions, probabilities where the head gives scores, and targets.

    Raises:
        CannotVaryError: if the model has several outputs.
    """
    predicted = model.predict(rows.x, batch_size=_of_a_pass(recipe), verbose=0)
    loss = unpacked(recipe.loss, recipe.custom)
    (output, *others) = outputs_of(model, loss, recipe.train, predicted)
    if others:
        raise CannotVaryError("the model has several outputs: a study judges one")
    (values,), (targets,) = leaves(predicted), leaves(rows.y)
    values = np.asarray(values, dtype=np.float64)
    found = values if output.task == "regression" else as_probabilities(output, values)
    return (values if found is None else found), np.asarray(targets)


def _with_watched(recipe: Recipe) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with rows set apart for the script's callbacks, and what shows them to `fit`."""
    if all(_is_ours(callback) for callback in recipe.callbacks):
        return recipe, {}
    rng = np.random.default_rng(recipe.draw)
    count = max(1, round(WATCHED * recipe.train.count))
    seen, trained = parted(strata_of(recipe.train), count, rng)
    shown = replace(with_rows(recipe.train, seen), fed=())
    made = replace(recipe, train=with_rows(recipe.train, trained), groups={})
    return made, {
        "validation_data": _parts(shown),
        "validation_batch_size": _of_a_pass(recipe),
    }


def _is_ours(callback: Any) -> bool:
    """Whether it is a remedy's, which holds rows of its own."""
    return type(callback).__module__.startswith("valgap.remedies.")


def _parts(rows: Rows) -> tuple[Any, ...]:
    return (rows.x, rows.y) if rows.w is None else (rows.x, rows.y, rows.w)


def _fresh(callbacks: tuple[Any, ...]) -> list[Any]:
    """Copies: what a callback comes to hold is not for the next training of this worker."""
    import cloudpickle

    return list(cloudpickle.loads(cloudpickle.dumps(callbacks)))


def _of_a_pass(recipe: Recipe) -> int:
    return max(LEAST_OF_A_PASS, recipe.batch_size)


def _recipe(path: Path) -> Recipe:
    if path not in _recipes:
        import cloudpickle

        _recipes[path] = cloudpickle.loads(path.read_bytes())
    return _recipes[path]


def _keep(folder: Path, job: Job, predicted: Floats) -> Path:
    """Writes predictions at one stroke; two trainings of one job write the same file."""
    name = hashlib.sha256(repr((job.arms, job.fold, job.seed)).encode()).hexdigest()[:24]
    path = folder / f"{name}.npy"
    partial = folder / f".{name}.{time.time_ns()}.tmp"
    with partial.open("wb") as file:
        np.save(file, predicted)
    partial.replace(path)
    return path
