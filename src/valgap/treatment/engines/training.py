"""One training of a study, in the process of a worker."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.whole import is_of_the_disk
from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import with_rows
from valgap.experiments.measure import outputs_of
from valgap.experiments.rebuild import build, unpacked
from valgap.ledger.probes.model.classes import as_probabilities
from valgap.observe.describe import one_line
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import leaves
from valgap.remedies.attached import given_back
from valgap.remedies.base import remedied
from valgap.remedies.plain import plain
from valgap.treatment.dealing import dealt, without_splits
from valgap.treatment.engines.apart import apart
from valgap.treatment.engines.compiled import built
from valgap.treatment.engines.curves import by_epoch
from valgap.treatment.engines.feeding import (
    fed,
    many_steps_a_call,
    of_a_pass,
    passed,
    steps_a_call,
)
from valgap.treatment.engines.keeping import Outcome, file_of, kept
from valgap.treatment.engines.work import Work, read_work
from valgap.treatment.jobs import DIVERGED, OUT_OF_MEMORY, Floats, Job, Result
from valgap.treatment.metrics import Of
from valgap.treatment.setting import PLACEBO, PLACEBOS

# Of TensorFlow and torch, and of jax in its words: none of them is a MemoryError.
_OF_MEMORY = ("ResourceExhaustedError", "OutOfMemoryError", "RESOURCE_EXHAUSTED")


def train(path: Path, job: Job) -> Result:
    """Trains once on this machine, and gives back what came of it, its predictions written.

    Args:
        path: of the work of the study.
        job: what is to be trained.

    Raises:
        OSError: if there is no room on the disk.
    """
    _settled()
    outcome = outcome_of(partial(read_work, path), job)
    if outcome.predictions is None:
        return outcome.result
    return kept(outcome, read_work(path).predictions)


@cache
def _settled() -> None:
    """What Keras comes with stays: it is not looked through for what can be let go."""
    import keras  # noqa: F401  (before any model is there, which would stay as well)

    gc.collect()
    gc.freeze()


def outcome_of(study: Callable[[], Work], job: Job) -> Outcome:
    """Trains once and gives back what came of it. Never raises for what the training does.

    Args:
        study: gives back what a worker needs to know; its path for predictions is not looked at.
        job: what is to be trained.

    Raises:
        OSError: if there is no room on the disk.
    """
    began = time.perf_counter()
    try:
        made = _trained(study(), job)
    except CannotVaryError as error:
        made = _failed(job, f"cannot be applied: {error}")
    except Exception as error:  # whatever a model, a loss or a layer of the user's raises
        if is_of_the_disk(error):
            raise  # no fault of the remedy: the study ends, and can go on
        made = _failed(job, OUT_OF_MEMORY if _is_of_memory(error) else one_line(error))
    return replace(made, result=replace(made.result, seconds=time.perf_counter() - began))


def _failed(job: Job, error: str) -> Outcome:
    return Outcome(Result(job, None, error=error))


def _is_of_memory(error: Exception) -> bool:
    told = one_line(error)
    return isinstance(error, MemoryError) or any(name in told for name in _OF_MEMORY)


def _trained(work: Work, job: Job) -> Outcome:
    arms, seed = _meant(job)
    fold = work.folds[job.fold]
    rows = dealt(fold.train, work.scripted, job.arms, job.seed)
    shown, trained = apart(work.pool, rows, work.groups, job.seed)
    recipe = remedied(_on(work, np.concatenate([fold.validation, shown]), trained, seed), arms)
    # Remedies encode both alike: the rows that judge stand first, those for callbacks behind.
    count = len(fold.validation)
    judging = with_rows(recipe.validation, np.arange(count))
    watched = with_rows(recipe.validation, np.arange(count, count + len(shown)))
    # A fit on all rows has none to be judged by.
    has_curves = job.phase == "final" and not np.array_equal(fold.train, fold.validation)
    by_epochs = [by_epoch(judging, recipe)] if has_curves else []
    model = fitted(recipe, watched, seed, more=by_epochs, make=built)
    model, recipe, judging = given_back(plain(model), recipe, judging)
    predicted, targets = judged(model, recipe, judging)
    note = None if np.isfinite(predicted).all() else DIVERGED
    if note:
        predicted = knowing_nothing(predicted, recipe.train, work.judged_by.of)
    result = Result(job, work.judged_by.score(targets, predicted), note=note)
    if job.phase != "final":
        return Outcome(result, predicted)
    return Outcome(result, predicted, file_of(model), by_epochs[0].curves if by_epochs else None)


def knowing_nothing(predicted: Floats, train: Rows, of: Of) -> Floats:
    """Gives back predictions in which rows without numbers say nothing about themselves.

    All classes are as likely there, or the value is the mean of training rows. Without them a
    model that diverges could not be treated, and a remedy that does so at times would be judged
    by the other times only.

    Args:
        predicted: rows x classes, or values.
        train: the rows it was trained on.
        of: what is predicted.
    """
    (targets,) = leaves(train.y)
    classes = max(2, predicted.shape[-1])
    told = np.mean(np.asarray(targets, np.float64), axis=0) if of == "values" else 1 / classes
    is_number = np.isfinite(predicted).reshape(len(predicted), -1).all(axis=1)
    made = np.broadcast_to(told, predicted.shape).copy()
    made[is_number] = predicted[is_number]
    return made


def _meant(job: Job) -> tuple[tuple[str, ...], int]:
    """The remedies and the seed: a placebo has random numbers of its own, and maybe no remedy."""
    named = tuple(arm for arm in job.arms if arm.startswith(f"{PLACEBO}-"))
    drawn = sum(int.from_bytes(hashlib.sha256(n.encode()).digest()[:3]) for n in named)
    # Some backends take seeds of 32 bits with a sign.
    arms = without_splits(arm for arm in job.arms if arm not in PLACEBOS)
    return arms, (job.seed + drawn) % 2**31


def _on(work: Work, held_out: np.ndarray, trained: np.ndarray, seed: int) -> Recipe:
    """The fit on some of the rows, with the groups and sub-labels that these are of."""
    made = replace(work.pool.split(held_out, trained), draw=seed)
    told = work.pool.recipe.subclasses
    kinds = np.concatenate([told["train"], told["validation"]]) if told else None
    known: list[dict[Split, np.ndarray]] = [
        {} if every is None else {"train": every[trained], "validation": every[held_out]}
        for every in (work.groups, kinds)
    ]
    return replace(made, groups=known[0], subclasses=known[1])


def fitted(  # noqa: PLR0913
    recipe: Recipe,
    watched: Rows,
    seed: int,
    *,
    more: Sequence[Any] = (),
    verbose: Any = 0,
    make: Callable[[Recipe, int, int | None], Any] = lambda recipe, seed, _: build(recipe, seed),
) -> Any:
    """Trains a recipe and gives back the model; callbacks are shown the rows that are `watched`.

    Args:
        recipe: what is trained.
        watched: may be none.
        seed: of weights and all else that is drawn.
        more: callbacks that stand before those of the recipe.
        verbose: as `fit` takes it.
        make: gives back the model that is trained, with weights drawn by the seed, for so many
            steps a call.
    """
    steps = steps_a_call(recipe)
    model = make(recipe, seed, steps)  # sets the seed: rows are fed afterwards
    with many_steps_a_call(model, steps):
        model.fit(
            **fed(recipe, steps),
            **_shown(watched, recipe),
            epochs=recipe.epochs,
            callbacks=[*more, *_fresh(recipe.callbacks)],
            verbose=verbose,
        )
    return model


def _shown(watched: Rows, recipe: Recipe) -> dict[str, Any]:
    """Arguments of `fit` for the rows that callbacks are shown."""
    if not watched.count:
        return {}
    held = passed(watched, recipe)
    if "batch_size" not in held:
        return {"validation_data": held["x"]}
    parts = (watched.x, watched.y) if watched.w is None else (watched.x, watched.y, watched.w)
    return {"validation_data": parts, "validation_batch_size": held["batch_size"]}


def judged(model: Any, recipe: Recipe, rows: Rows) -> tuple[Floats, np.ndarray]:
    """Gives back predictions, probabilities where the head gives scores, and targets.

    Raises:
        CannotVaryError: if the model has several outputs.
    """
    predicted = model.predict(rows.x, batch_size=of_a_pass(recipe), verbose=0)
    loss = unpacked(recipe.loss, recipe.custom)
    (output, *others) = outputs_of(model, loss, recipe.train, predicted)
    if others:
        raise CannotVaryError("the model has several outputs: a study judges one")
    (values,), (targets,) = leaves(predicted), leaves(rows.y)
    values = np.asarray(values, dtype=np.float64)
    found = values if output.task == "regression" else as_probabilities(output, values)
    return (values if found is None else found), np.asarray(targets)


def _fresh(callbacks: tuple[Any, ...]) -> list[Any]:
    """Copies: what a callback comes to hold is not for the next training of this worker."""
    import cloudpickle

    return list(cloudpickle.loads(cloudpickle.dumps(callbacks)))
