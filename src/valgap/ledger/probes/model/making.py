"""A clone made ready to be measured, with what its outputs and losses are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from valgap.evidence.records import Split
from valgap.ledger.clone import INFERENCE
from valgap.ledger.draw import figures_of
from valgap.ledger.forward import Forward
from valgap.ledger.probes.clock import now
from valgap.ledger.probes.model.losses import losses_of, named
from valgap.ledger.probes.model.subject import (
    Output,
    Subject,
    Weights,
    few,
    names_of,
    targets_of,
)
from valgap.ledger.probes.rows.tasks import encoding_of, task_of
from valgap.ledger.score import Scorer
from valgap.ledger.stand_in import stand_in
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.live import LiveFit
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import leaves

_LOOK = 64


def subject_of(
    live: LiveFit,
    tables: Mapping[Split, Table],
    read_weights: Callable[[str], list[np.ndarray]],
    deadline: float,
) -> Subject:
    """Returns a clone loaded with the last weights; of a fit without an epoch, with the first.

    Raises:
        UnmeasurableError: if the model is gone or no weights of it were kept.
    """
    if live.model is None:
        raise UnmeasurableError(live.released or "the model is gone")
    kept = [e for e in live.record.epochs if e.weights]
    name = kept[-1].weights if kept else live.record.start_weights
    if name is None:
        raise UnmeasurableError("no epoch came to its end")
    last = read_weights(name)
    clone = stand_in(live, next(iter(tables.values()), None))
    try:
        clone.load(last)
        forward = Forward(clone)
        outputs, pace = _outputs(live, clone.model, forward, tables)
        figures = figures_of(kept[-1].logs) if kept else ()
        scorer = Scorer(clone.model, live.compiled, _with_losses(figures, outputs))
        start = _start(live, read_weights, last)
    except BaseException:
        clone.close()
        raise
    epoch = kept[-1].epoch if kept else -1
    return Subject(
        live, clone, forward, scorer, tables, epoch, last, start, deadline, outputs, pace
    )


def _start(
    live: LiveFit, read_weights: Callable[[str], list[np.ndarray]], last: Weights
) -> Weights | None:
    """The weights the fit began with; a model built by its first batch had none before."""
    if live.record.start_weights is None:
        return None
    start = read_weights(live.record.start_weights)
    alike = len(start) == len(last) and all(
        a.shape == b.shape for a, b in zip(start, last, strict=True)
    )
    return start if alike else None


def _outputs(
    live: LiveFit, model: Any, forward: Forward, tables: Mapping[Split, Table]
) -> tuple[tuple[Output, ...], float]:
    """The outputs as a first pass shows them, and the seconds a row of a second one, traced."""
    table = few(next(iter(tables.values())), _LOOK)
    predicted = forward.run(table, INFERENCE).predictions[0]
    began = now()
    forward.run(table, INFERENCE)
    pace = (now() - began) / table.rows
    shapes = [leaf.shape for leaf in leaves(predicted)]
    return _told(live, tables, names_of(model, predicted), shapes), pace


def losses_and_tasks(live: LiveFit, tables: Mapping[Split, Table]) -> tuple[Output, ...]:
    """Returns what can be said of the outputs without the model: one a target."""
    table = next(iter(tables.values()))
    if isinstance(table.y, Mapping):
        names = tuple(map(str, table.y))
    else:
        count = len(list(leaves(table.y)))
        names = ("output",) if count == 1 else tuple(f"output_{i}" for i in range(count))
    return _told(live, tables, names, [None] * len(names))


def _told(
    live: LiveFit,
    tables: Mapping[Split, Table],
    names: tuple[str, ...],
    shapes: Sequence[tuple[int, ...] | None],
) -> tuple[Output, ...]:
    """The task is that of training rows; one of both splits may lack a class."""
    table = next(iter(tables.values()))
    targets = targets_of(table.y, names)
    losses = losses_of(live.compiled.loss, names)
    found = []
    for name, target, loss, shape in zip(names, targets, losses, shapes, strict=True):
        told, logits = named(loss)
        units = shape[-1] if shape and len(shape) > 1 else 1
        if _is_class_a_step(target, shape, told):
            found.append(Output(name, "classes", "unknown", told, logits))
        else:
            task = task_of(target, told, units)
            found.append(Output(name, encoding_of(target), task, told, logits))
    return tuple(found)


def _is_class_a_step(target: Any, shape: tuple[int, ...] | None, loss: str) -> bool:
    """Whether each step of a row has a class of its own, which values alone do not tell."""
    if target is None or shape is None or "sparse" not in loss or target.ndim < 2:
        return False
    steps = target.shape[1:-1] if target.shape[-1] == 1 else target.shape[1:]
    return len(steps) > 0 and tuple(shape[1:-1]) == tuple(steps)


def _with_losses(figures: tuple[str, ...], outputs: tuple[Output, ...]) -> tuple[str, ...]:
    losses = ("loss", *(f"{o.name}_loss" for o in outputs if len(outputs) > 1))
    return tuple(dict.fromkeys((*losses, *figures)))
