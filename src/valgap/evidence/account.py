"""The gap ledger as a record: rows, accounts, and what is measured beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RowName = Literal[
    "epoch-averaging",
    "penalties-train",
    "weights",
    "augmentation",
    "noise-layers",
    "batch-statistics",
    "generalisation",
    "validation-pipeline",
    "validation-weights",
    "penalties-validation",
    "unaccounted",
]
ROW_NAMES: tuple[RowName, ...] = RowName.__args__  # type: ignore[attr-defined]
Role = Literal["last", "best", "worst"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval and the number of rows it rests on."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the same weights, one thing changed; delta = after - before.

    A `merged` row is inside the next measured one; an `unmeasured` row has no next.
    `parts` splits delta further (the weights row: `scale` and `mixture`).
    """

    row: RowName
    before: float | None
    after: float | None
    delta: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    status: Literal["measured", "merged", "unmeasured"] = "measured"
    reason: str | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The ledger of one figure at one epoch (from 0); the deltas sum to the gap.

    `roles` says why this epoch was chosen, by validation loss. `interaction` is how far
    the noise row would differ had batch statistics been replaced before it.
    """

    metric: str
    epoch: int
    roles: tuple[Role, ...]
    train: float | None
    validation: float | None
    rows: tuple[Row, ...]
    interaction: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Reestimation:
    """Batch statistics re-estimated on a clone, no weight changed, in inference mode.

    `condition` `training`: dropout and augmentation on; `inference`: off. `train_batch` is
    the clean training figure under statistics of the batch, `train_moving` under the moving
    ones, `train_after` and `validation_after` under the re-estimated ones;
    `validation_before` is the clean validation figure under the moving ones. `closed` is
    the change of the training figure (train_after - train_moving), `validation_change`
    that of validation, each paired over rows.
    """

    metric: str
    epoch: int
    condition: Literal["training", "inference"]
    train_batch: float
    train_moving: float
    train_after: float
    closed: Estimate
    validation_before: float | None = None
    validation_after: float | None = None
    validation_change: Estimate | None = None


@dataclass(frozen=True, slots=True)
class TracePoint:
    """The cheap ledger of one figure at one epoch: deltas by row, without intervals.

    `standard_error` is the sampling error of the validation figure at this epoch.
    """

    metric: str
    epoch: int
    deltas: Mapping[str, float | None]
    validation: float | None
    standard_error: float | None = None


@dataclass(frozen=True, slots=True)
class EpochPair:
    """The logged validation figure at the last epoch less that at the best, over rows."""

    metric: str
    best: int
    last: int
    change: Estimate


@dataclass(frozen=True, slots=True)
class SharedRows:
    """Validation rows whose inputs stand in training too, and the figures apart.

    `searched_train` and `searched_validation` are the rows compared; `with_shared` and
    `without` are the clean validation figure on shared and on other rows, by metric. `names` is
    what the examples are called, where rows have names.
    """

    searched_train: int
    searched_validation: int
    shared: int
    distinct: int
    examples: tuple[int, ...] = ()
    all_rows: Mapping[str, float] = field(default_factory=dict)
    with_shared: Mapping[str, float] = field(default_factory=dict)
    without: Mapping[str, Estimate] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """How many rows the ledger used of how many there are (None: not known)."""

    train: int
    train_total: int | None
    validation: int
    validation_total: int | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that was measured by counterfactual evaluation of one fit.

    `volatility` gives, a metric, each row's share Cov(row, validation) / Var(validation)
    over the traced epochs. `unmeasured` gives the reason where there is no account at all.
    """

    fit: int
    accounts: tuple[Account, ...] = ()
    reestimations: tuple[Reestimation, ...] = ()
    trace: tuple[TracePoint, ...] = ()
    volatility: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    epoch_pairs: tuple[EpochPair, ...] = ()
    shared_rows: SharedRows | None = None
    sample: Sample | None = None
    directions: Mapping[str, Literal["lower", "higher"]] = field(default_factory=dict)
    unmeasured: str | None = None
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
