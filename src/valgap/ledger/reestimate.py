"""Batch statistics re-estimated on a clone: under training and under inference conditions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from valgap.evidence.account import Estimate, Reestimation
from valgap.ledger import clone as modes
from valgap.ledger.score import Scores
from valgap.ledger.states import Evaluator, States, Tables
from valgap.observe.recorder import copied
from valgap.observe.sources.base import Table
from valgap.stats import paired

Condition = Literal["training", "inference"]


def reestimations(
    evaluator: Evaluator,
    tables: Tables,
    weights: list[np.ndarray],
    states: States,
    epoch: int,
) -> list[Reestimation]:
    """Returns both re-estimations for every figure, or nothing where there is no layer for it.

    Moving statistics are replaced by the mean over batches of the statistics of the batch,
    which is what they would settle at if the weights stood still. No weight is changed.
    """
    clean = tables.train_clean
    layers = evaluator.forward.clone.kinds["batch-statistics"]
    if not layers or clean is None or "inference" not in states:
        return []
    found = []
    for condition in _conditions(tables):
        table, mode = _setting(condition, tables)
        statistics = _mean_statistics(evaluator, table, mode, weights, layers)
        evaluator.forward.clone.load(weights)
        for layer, (mean, variance) in zip(layers, statistics, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)
        train = _inference(evaluator, clean)
        validation = tables.validation_clean
        after = None if validation is None else _inference(evaluator, validation)
        found += _records(condition, epoch, states, train, after)
    return found


def _conditions(tables: Tables) -> tuple[Condition, ...]:
    return ("training", "inference") if tables.train_fed else ("inference",)


def _setting(condition: Condition, tables: Tables) -> tuple[Table, modes.Mode]:
    if condition == "training" and tables.train_fed is not None:
        return tables.train_fed.first, modes.REESTIMATE_TRAINING
    assert tables.train_clean is not None
    return tables.train_clean, modes.REESTIMATE_INFERENCE


def _mean_statistics(
    evaluator: Evaluator,
    table: Table,
    mode: modes.Mode,
    weights: list[np.ndarray],
    layers: list[object],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Means over batches, weighted by their rows, of mean and variance of each layer."""
    seen: list[list[tuple[np.ndarray, np.ndarray]]] = []

    def collect() -> None:
        seen.append([(copied(bn.moving_mean), copied(bn.moving_variance)) for bn in layers])  # type: ignore[attr-defined]

    evaluator.forward.clone.load(weights)
    evaluator.forward.run(table, mode, after_batch=collect)
    return [
        (
            np.average([batch[i][0] for batch in seen], axis=0, weights=table.sizes),
            np.average([batch[i][1] for batch in seen], axis=0, weights=table.sizes),
        )
        for i in range(len(layers))
    ]


def _inference(evaluator: Evaluator, table: Table) -> Scores:
    run = evaluator.forward.run(table, modes.INFERENCE)
    return evaluator.scorer.score(table, run, weighted=False)


def _records(
    condition: Condition, epoch: int, states: States, train: Scores, validation: Scores | None
) -> list[Reestimation]:
    moving, batch = states["inference"].scores, states["without-noise"].scores
    before = states["validation-clean"].scores if "validation-clean" in states else None
    records = []
    for metric in train.values:
        if metric not in moving.values or metric not in batch.values:
            continue
        held_out = validation is not None and before is not None and metric in before.values
        records.append(
            Reestimation(
                metric=metric,
                epoch=epoch,
                condition=condition,
                train_batch=batch.values[metric],
                train_moving=moving.values[metric],
                train_after=train.values[metric],
                closed=_change(moving, train, metric),
                validation_before=before.values[metric] if held_out and before else None,
                validation_after=validation.values[metric] if held_out and validation else None,
                validation_change=(
                    _change(before, validation, metric)
                    if held_out and before and validation
                    else None
                ),
            )
        )
    return records


def _change(before: Scores, after: Scores, metric: str) -> Estimate:
    return paired(after.parts[metric] - before.parts[metric])
