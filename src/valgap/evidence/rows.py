"""What was measured of the rows of a fit: inputs, targets, neighbours, cheap references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split

InputKind = Literal["image", "frames", "series", "table", "other"]
"""Rows of (height, width, channels); of many such frames; of (steps, features); of features."""

Encoding = Literal["one-hot", "classes", "flags", "numbers", "none"]
"""One-hot rows; whole numbers that name a class; several 0/1 flags; real numbers; no target."""

Task = Literal["binary", "multiclass", "multilabel", "regression", "unknown"]


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input of one split, clean rows as the model gets them. Features lie on the last axis.

    `low` to `q99` are over all finite values. `feature_*` hold one number a feature, empty
    where there are more than 256 features. `constant_features` lists up to 20 features without any
    variance, of `constant_count`; `rows_differ` is False where all rows are the same.
    `zero_steps` is the share of time steps (series) or frames that are 0 throughout.
    """

    split: Split
    name: str
    kind: InputKind
    shape: tuple[int, ...]
    dtype: str
    rows: int
    low: float | None
    high: float | None
    mean: float | None
    std: float | None
    q01: float | None = None
    q99: float | None = None
    whole_numbers: bool = False
    features: int = 0
    feature_mean: tuple[float, ...] = ()
    feature_std: tuple[float, ...] = ()
    feature_low: tuple[float, ...] = ()
    feature_high: tuple[float, ...] = ()
    constant_features: tuple[int, ...] = ()
    constant_count: int = 0
    rows_differ: bool = True
    non_finite: int = 0
    non_finite_rows: int = 0
    zero_steps: float | None = None


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """One target of one split. `counts` holds rows by class (for flags: rows by flag set).

    `runs` is the number of runs of equal targets in the order the rows are stored in, with
    `runs_expected` of a random order and `runs_z`, its standard score (Wald and Wolfowitz);
    None where the order is not known. `sorted_by_class` is about the stored order too.
    """

    split: Split
    name: str
    encoding: Encoding
    shape: tuple[int, ...]
    dtype: str
    rows: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    distinct: int | None = None
    whole_numbers: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    non_finite: int = 0
    runs: int | None = None
    runs_expected: float | None = None
    runs_z: float | None = None
    sorted_by_class: bool = False


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """The validation score of a cheap reference trained on so many rows."""

    rows: int
    score: float


@dataclass(frozen=True, slots=True)
class References:
    """Cheap models of the same rows, by `measure`; the own model's score on the same rows.

    `scores` is trained on training and scored on validation rows: majority, linear,
    neighbours, minirocket. `within_train` and `within_validation` cross-validate the best
    kind inside one split, which needs no other split to be sound. `learning` is its score
    on validation for growing shares of training. `single` is the score of the
    best single feature, by split; `border` and `centre` of pictures with the rest blanked.
    `chance` is what a constant prediction scores.
    """

    task: Task
    measure: Literal["balanced accuracy", "R2", "accuracy"]
    chance: float
    rows_train: int
    rows_validation: int
    scores: Mapping[str, Estimate] = field(default_factory=dict)
    own: Estimate | None = None
    own_train: Estimate | None = None
    within_train: Estimate | None = None
    within_validation: Estimate | None = None
    learning: tuple[LearningPoint, ...] = ()
    single_feature: str | None = None
    single: Mapping[str, Estimate] = field(default_factory=dict)
    border: Estimate | None = None
    centre: Estimate | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Nearest neighbours across and within the splits, on standardised (shrunken) inputs.

    Distances are divided by the median distance of two random training rows. A near twin is a
    validation row nearer to a training row than `twin_distance`. `with_twin` and `without` are
    the own model's clean validation figures on the rows with and without one. `conflicts` are
    training rows of equal input and different target; `ceiling` the accuracy they leave.
    `lag_similarity` is how much nearer rows next to each other in the stored order are than
    random ones (0: no nearer, 1: equal), `effective_rows` the number of independent rows that
    leaves; `largest_group` the rows of the largest chain of twins over both splits, and
    `groups_across` how many chains of three or more have rows on both sides. `shared_steps` is the
    share of validation time steps (series) that stand in training bit for bit.
    """

    rows_train: int
    rows_validation: int
    train_to_train: float | None = None
    validation_to_train: float | None = None
    twin_distance: float | None = None
    twins: int = 0
    twins_within_train: int = 0
    with_twin: Mapping[str, Estimate] = field(default_factory=dict)
    without: Mapping[str, Estimate] = field(default_factory=dict)
    conflicts: int = 0
    ceiling: float | None = None
    lag_similarity: float | None = None
    effective_rows: float | None = None
    largest_group: int = 0
    groups_across: int = 0
    shared_steps: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """How well a cheap classifier tells training from validation rows: area under ROC.

    `standardised` is the same after each split was standardised by itself, which undoes a
    difference of scale. `scale` and `shift` are the least-squares map of validation feature
    statistics to training ones where one map fits all features (None: none does).
    `fitted_on_both` says that both splits together have mean 0 and variance 1 (or range 0 to
    1) to rounding, while training rows alone do not.
    """

    auc: Estimate
    standardised: Estimate | None = None
    scale: float | None = None
    shift: float | None = None
    fitted_on_both: bool = False
    single_mean_shift: float | None = None


@dataclass(frozen=True, slots=True)
class LabelNoise:
    """Confident learning on out-of-fold predictions of a cheap reference (cleanlab).

    `issues` of `rows` training labels look wrong, `rows_listed` are the positions of the worst;
    `reference` is the out-of-fold accuracy it rests on.
    """

    rows: int
    issues: int
    reference: float
    rows_listed: tuple[int, ...] = ()
    share: Estimate | None = None


@dataclass(frozen=True, slots=True)
class RowsRecord:
    """All that was measured of the rows of one fit; `missing` says why a part is not there."""

    fit: int
    inputs: tuple[InputRecord, ...] = ()
    targets: tuple[TargetRecord, ...] = ()
    references: References | None = None
    neighbours: Neighbours | None = None
    drift: Drift | None = None
    label_noise: LabelNoise | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
