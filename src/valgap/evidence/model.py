"""What was measured of the model of a fit, on a clone: layers, heads, predictions, rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import Task


@dataclass(frozen=True, slots=True)
class HeadRecord:
    """One output: how it ends and what the loss makes of it.

    `shape` and `target_shape` leave out the row axis. `logits` tells whether the loss takes
    scores before the activation (None: a loss without that setting). `loss` is its
    class name in snake case, such as sparse_categorical_crossentropy.
    """

    output: str
    layer: str
    shape: tuple[int | None, ...]
    activation: str
    loss: str
    logits: bool | None
    task: Task
    target_shape: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    start_low: float | None = None
    start_high: float | None = None


@dataclass(frozen=True, slots=True)
class LayerMeasured:
    """One layer on a sample of training rows: its activations, gradients and weights.

    Activations are of clean rows in inference mode at the last epoch; units lie on the last
    axis. `zero` is the share of values that are exactly 0, `dead_units` of units that are 0 on
    all rows (and gradient 0), `saturated` of values beyond the range in which a sigmoid, tanh or
    softmax still has a slope, `frozen_units` of units that give all rows the same value.
    `input_low` to `input_std` are of what goes into a layer with weights. `gradient` is the norm of
    the loss gradient in its weights over the norm of those weights, at the last weights,
    `gradient_start` at the first. `identical_units` is the share of units whose weights equal
    another unit's. `moved` is the norm of the change of the weights over the norm at the start.
    `penalty` and `activity_penalty` are its terms of the loss. `probe_train` and
    `probe_validation` are scores of a linear classifier on its output, on rows of each split
    that are new to the classifier.
    """

    name: str
    cls: str
    units: int | None = None
    has_weights: bool = False
    trainable: bool = True
    activation: str | None = None
    mean: float | None = None
    std: float | None = None
    zero: float | None = None
    dead_units: float | None = None
    frozen_units: float | None = None
    saturated: float | None = None
    input_low: float | None = None
    input_high: float | None = None
    input_std: float | None = None
    gradient: float | None = None
    gradient_start: float | None = None
    identical_units: float | None = None
    identical_at_start: float | None = None
    moved: float | None = None
    weights_norm: float | None = None
    penalty: float | None = None
    activity_penalty: float | None = None
    has_gradient: bool | None = None
    mask_in: bool | None = None
    mask_out: bool | None = None
    probe_train: Estimate | None = None
    probe_validation: Estimate | None = None


@dataclass(frozen=True, slots=True)
class AttentionMeasured:
    """One softmax over positions: its entropy over the logarithm of their number (1: a mean).

    `with_mean` is the change of the validation loss when the mean stands in its place;
    `on_masked` the share of weight that lies on masked steps.
    """

    layer: str
    entropy: float
    positions: int
    with_mean: Estimate | None = None
    on_masked: float | None = None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Decisions of like confidence: its mean, the share that is right, how many they are."""

    confidence: float
    right: float
    rows: int


@dataclass(frozen=True, slots=True)
class Predictions:
    """One output on one split, clean rows, inference mode, at one epoch's weights.

    `confusion[i][j]` counts rows of class i that were given class j. `recalls` is by class, with
    Wilson intervals. `majority` is the share of the most frequent class. `constant` says that
    all rows get the same output, `spread` the standard deviation of the outputs over rows.
    `calibration_error` is the expected calibration error in 15 bins; `temperature` the one
    that fits these rows best (cross-fitted in two halves), `loss_tempered` the loss it leaves;
    `reliability` and `reliability_tempered` are confidence against hits before and after it.
    `worst_rows` are the positions of the rows most confidently wrong. `correlation` is that of
    predictions and targets, for regression, `r2` the share of variance explained.
    """

    split: Split
    output: str
    epoch: int
    task: Task
    rows: int
    constant: bool = False
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    accuracy: Estimate | None = None
    balanced_accuracy: Estimate | None = None
    majority: float | None = None
    confusion: tuple[tuple[int, ...], ...] = ()
    recalls: Mapping[str, Estimate] = field(default_factory=dict)
    loss: Estimate | None = None
    calibration_error: float | None = None
    confidence: float | None = None
    temperature: float | None = None
    loss_tempered: Estimate | None = None
    worst_rows: tuple[int, ...] = ()
    correlation: float | None = None
    r2: Estimate | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    reliability_tempered: tuple[ReliabilityBin, ...] = ()


@dataclass(frozen=True, slots=True)
class RateStep:
    """The training loss after one step at a multiple of the rate in force."""

    multiple: float
    loss: float


@dataclass(frozen=True, slots=True)
class RateMeasured:
    """The training loss after one step of the optimiser at multiples of the rate in force.

    From the weights `at` the start or the end of the fit, on one large batch, with everything
    random off; `before` is the loss without a step.
    `best` is the multiple of the lowest loss; `signal` the squared norm of the mean gradient over
    its variance across batches of the size in force.
    """

    at: str
    rate: float
    before: float
    losses: tuple[RateStep, ...]
    best: float
    signal: float | None = None


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """Validation scores of the fits at one call site (a study), by variant, in their order.

    Fits of one variant are alike in all but their seed: same model, compile and arguments.
    `rows` is the validation rows of the fit with the fewest.
    `figure` is what was logged, of the epoch that each fit ended with.
    """

    figure: str
    higher_is_better: bool
    scores: Mapping[str, tuple[float, ...]]
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class ModelMeasured:
    """All that was measured of the model of one fit; `missing` says why a part is not there.

    `permuted` is the change of the validation loss with the time steps or frames of each row
    permuted, by input; `masked_noise` that with masked steps set to noise. `detached_inputs`
    have no gradient from the loss. `always_random` says that inference draws at random;
    `ignored_arguments` are `layer: argument` pairs that have no effect. `changed_mode` names the
    layers whose training mode is fixed in the graph, `fixed_modes` also to which (True:
    training). `seeds` compares the fits of a study.
    """

    fit: int
    heads: tuple[HeadRecord, ...] = ()
    layers: tuple[LayerMeasured, ...] = ()
    attention: tuple[AttentionMeasured, ...] = ()
    predictions: tuple[Predictions, ...] = ()
    rates: tuple[RateMeasured, ...] = ()
    permuted: Mapping[str, Estimate] = field(default_factory=dict)
    masked_noise: Estimate | None = None
    detached_inputs: tuple[str, ...] = ()
    always_random: bool = False
    changed_mode: tuple[str, ...] = ()
    fixed_modes: Mapping[str, bool] = field(default_factory=dict)
    ignored_arguments: tuple[str, ...] = ()
    seeds: SeedSpread | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
