"""What was seen of a run: frozen records that can be written to disk and read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | Mapping[str, Json] | None"

FitStatus = Literal["running", "finished", "raised", "interrupted", "refused", "audited"]
"""`audited`: nothing was trained; the record stands for the data and its split alone."""

LayerKind = Literal["augmentation", "noise", "batch-statistics", "plain", "unknown"]
Split = Literal["train", "validation"]
Transforms = Literal["none", "known", "opaque", "unknown"]
EstimatorRole = Literal[
    "selector", "encoder", "sampler", "scaler", "decomposition", "vocabulary", "other"
]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's own code."""

    file: str
    line: int
    call: str


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """One input, target or output: shape without the row axis (None: any length)."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class DataRecord:
    """One split as the script feeds it.

    `rows` is how many rows there are (None: not known); `transforms` says whether random
    transforms are applied by the data pipeline: `known` ones can be taken away, `opaque`
    ones were seen to be random and cannot, `unknown` could not be told. `checksum` is of some
    rows of arrays, so that fits on the same rows are known as such.
    """

    split: Split
    form: str
    rows: int | None = None
    batch_size: int | None = None
    steps: int | None = None
    inputs: tuple[TensorRecord, ...] = ()
    targets: tuple[TensorRecord, ...] = ()
    shuffled: bool | None = None
    weighted: bool = False
    transforms: Transforms = "unknown"
    transform_names: tuple[str, ...] = ()
    note: str | None = None
    checksum: str | None = None


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """One layer of the flattened model; `kind` is what its training mode does."""

    name: str
    cls: str
    path: str
    kind: LayerKind
    trainable: bool
    parameters: int
    output_shape: tuple[int | None, ...] | None = None
    config: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """The model of a fit: its layers in order, and its configuration where it has one."""

    name: str
    cls: str
    parameters: int
    layers: tuple[LayerRecord, ...] = ()
    outputs: tuple[TensorRecord, ...] = ()
    config: Mapping[str, Json] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CompileRecord:
    """A call of `compile`, with its arguments as text and the optimiser's settings."""

    location: Location | None
    loss: str
    metrics: tuple[str, ...] = ()
    weighted_metrics: tuple[str, ...] = ()
    optimizer: str = ""
    optimizer_config: Mapping[str, Json] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallbackRecord:
    """A callback given to `fit`, with its public plain attributes."""

    cls: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch: `epoch` counts from 0 as in Keras' `History.epoch`; seconds are wall time.

    `rows_train` and `rows_validation` are the rows that went through the loss.
    """

    epoch: int
    logs: Mapping[str, float | None]
    seconds: float
    rows_train: int | None = None
    rows_validation: int | None = None
    learning_rate: float | None = None
    weights: str | None = None
    validation_weights: str | None = None


@dataclass(frozen=True, slots=True)
class EstimatorRecord:
    """One call by which the script fitted an estimator of scikit-learn: shapes, no values.

    `rows` and `columns` are of what it was given, `columns_out` of what it makes of that and
    `columns_after` of what the pipeline that it stands in makes of it. `rows_out` is told of
    samplers, `levels` (categories, all columns together) of encoders. `supervised`: labels
    were given (`with_y`) and it learns from them. `fits_before` counts the calls of Keras'
    `fit` that had begun by then.
    """

    cls: str
    module: str
    method: str
    role: EstimatorRole
    location: Location | None = None
    rows: int | None = None
    columns: int | None = None
    with_y: bool = False
    supervised: bool = False
    rows_out: int | None = None
    columns_out: int | None = None
    columns_after: int | None = None
    levels: int | None = None
    fits_before: int = 0


@dataclass(frozen=True, slots=True)
class FitRecord:
    """A call of `fit`: where, on what, with which arguments, and what came of it.

    `steps_file` names an array file beside the record: columns epoch, step, then one a
    logged figure (`step_figures`), the running mean within the epoch as Keras reports it.
    `watch_seconds` is the time that observation itself took; `start_weights` names the
    weights that the fit began with. `fitted` is what scikit-learn had fitted by then, in
    order, and `fitted_note` why that may not be all. `goes_on` says that a later fit trains
    the same model further. `recipe` names the file by which the fit can be made again,
    `not_rebuilt` says why there is none. `best_weights` names the file with the weights of the
    best epoch of a fit that was stopped, as Keras' `load_weights` takes them.
    """

    id: int
    location: Location | None
    compile: CompileRecord | None
    model: ModelRecord
    train: DataRecord
    validation: DataRecord | None
    arguments: Mapping[str, str] = field(default_factory=dict)
    class_weight: Mapping[str, float] | None = None
    callbacks: tuple[CallbackRecord, ...] = ()
    epochs: tuple[EpochRecord, ...] = ()
    steps_file: str | None = None
    start_weights: str | None = None
    step_figures: tuple[str, ...] = ()
    status: FitStatus = "running"
    error: str | None = None
    seconds: float = 0.0
    watch_seconds: float = 0.0
    study: str | None = None
    notes: tuple[str, ...] = ()
    fitted: tuple[EstimatorRecord, ...] = ()
    fitted_note: str | None = None
    goes_on: bool = False
    recipe: str | None = None
    not_rebuilt: str | None = None
    best_weights: str | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentRecord:
    """Versions and machine; no variables, no paths."""

    python: str
    platform: str
    cpus: int
    keras: str | None = None
    backend: str | None = None
    backend_version: str | None = None
    numpy: str | None = None
    valgap: str | None = None


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """What was run, and at which commit of its own project, where that is in git."""

    script: str | None
    args: tuple[str, ...] = ()
    exit_status: int | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: a script, or a stretch of code, under observation. Fits are stored apart."""

    id: str
    schema: int
    created: str
    target: TargetRecord
    environment: EnvironmentRecord
    status: Literal["running", "finished", "raised", "interrupted"] = "running"
    notes: tuple[str, ...] = ()
