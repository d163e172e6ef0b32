"""What was measured of the rows of a fit: inputs, targets, neighbours, cheap references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split

InputKind = Literal["image", "frames", "series", "table", "other"]
"""Rows of (height, width, channels); of many such frames; of (steps, features); of features.

`other` are whole numbers that name tokens, and whatever has no such shape.
"""

Encoding = Literal["one-hot", "classes", "flags", "numbers", "none"]
"""One-hot rows; whole numbers that name a class; several 0/1 flags; real numbers; no target."""

Task = Literal["binary", "multiclass", "multilabel", "regression", "unknown"]


@dataclass(frozen=True, slots=True)
class InputRecord:
    """One input of one split, clean rows as the model gets them. Features lie on the last axis.

    `low` to `q99` are over all finite values. `feature_*` hold one number a feature, empty
    where there are more than 256 features. `constant_features` lists up to 20 features without any
    variance, of `constant_count`; `rows_differ` is False where all rows are the same.
    `zero_steps` is the share of time steps (series) or frames that are 0 throughout,
    `padding_steps` the share that lie in a run of them at either end of their row (of tokens
    too). `fed_*` are the same figures of the rows as the script feeds them, where that is
    another view.
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
    padding_steps: float | None = None
    fed_low: float | None = None
    fed_high: float | None = None
    fed_mean: float | None = None
    fed_std: float | None = None
    non_finite_of: int | None = None


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """One target of one split. `counts` holds rows by class (for flags: rows by flag set).

    `runs` is the number of runs of equal targets in the order the rows are stored in, with
    `runs_expected` of a random order and `runs_z`, its standard score (Wald and Wolfowitz);
    None where the order is not known. Numbers are told apart by whether they lie above their
    median. `sorted_by_class` is about the stored order too. `distinct` counts targets, not
    values: the classes there are, sets of flags, different numbers.
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
    non_finite_of: int | None = None


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
    `chance` is what a constant prediction scores. `within_train_grouped` is `within_train` with
    the rows of one group (a given one, a chain of twins, or a stretch of the stored order over
    which rows are alike) kept in one fold; `without_single` is the best of `scores` with the
    best single feature left out.

    `target` names the output that all this is about (of several, the one that the own model
    does worst on), `kind` the best kind. Where validation holds one class only or a constant,
    `scores`, `own` and the like are empty. `signal` is how well scores rank the rows, which
    unlike a decision does not depend on the shares of the classes: Somers' D (twice the area
    under ROC less 1, mean over classes) or Spearman's correlation, 0 without any signal and 1
    at best. Its keys: `within_train` and `within_validation` (out of fold), `across` (training to
    validation), `own` and `own_train`. Ask it, not `within_*`, whether there is any
    signal at all: where classes are imbalanced a sound reference may give every row the
    majority class. `unordered` is the score of `kind` with the steps or frames of each row
    permuted, in both splits; beside `scores` it says whether their order tells anything.
    `transformed` is `within_train` of training rows as random transforms change them.
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
    within_train_grouped: Estimate | None = None
    learning: tuple[LearningPoint, ...] = ()
    single_feature: str | None = None
    single: Mapping[str, Estimate] = field(default_factory=dict)
    without_single: Estimate | None = None
    border: Estimate | None = None
    centre: Estimate | None = None
    seconds: float = 0.0
    target: str = ""
    kind: str = ""
    signal: Mapping[str, Estimate] = field(default_factory=dict)
    unordered: Estimate | None = None
    transformed: Estimate | None = None


@dataclass(frozen=True, slots=True)
class GivenGroups:
    """Groups that the user has told of: which rows are of one clip, one subject, one recording.

    `across` of the groups stand in both splits, and `rows_across` validation rows are of those,
    of `rows_validation` looked at. `fewest` is how many groups the class with the fewest has in
    training, of classes of five rows and more; None where there are no classes. `scores` are the
    own model's clean validation figures by metric and by number of the group, of groups of five
    rows and more. `source` is where an audit has them from.
    """

    train: int
    validation: int
    across: int
    rows_across: int
    rows_validation: int
    fewest: int | None = None
    scores: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    source: str = ""


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
    share of validation time steps (series) that stand in training bit for bit. `spacing` is how
    far training rows lie from their nearest one over how far validation rows do, as many of one
    as of the other. `given` is about groups that the user has told of. Of pictures that were
    laid over one another in an audit, `matched` of `matched_of` validation rows show what a
    training row shows, copies bit for bit left out; `matched_names` are some such pairs.
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
    spacing: float | None = None
    given: GivenGroups | None = None
    matched: int | None = None
    matched_of: int = 0
    matched_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """How well a cheap classifier tells training from validation rows: area under ROC.

    `standardised` is the same after each split was standardised by itself, which undoes a
    difference of scale; None where the splits are not told apart and there is nothing to undo.
    `scale` and `shift` are the least-squares map of validation feature
    statistics to training ones where one map fits all features (None: none does).
    `fitted_on_both` says that both splits together have mean 0 and variance 1 (or range 0 to
    1) to rounding, while training rows alone do not; it takes all rows, so it is never
    said of a sample. `input` is the one that `scale` and `shift` are about. `single_mean_shift`
    is the largest difference of one feature's mean, in standard deviations of training, and
    `single_feature` that feature.
    """

    auc: Estimate
    standardised: Estimate | None = None
    scale: float | None = None
    shift: float | None = None
    fitted_on_both: bool = False
    single_mean_shift: float | None = None
    input: str = ""
    single_feature: str = ""


@dataclass(frozen=True, slots=True)
class LabelNoise:
    """Confident learning on out-of-fold predictions of a cheap reference (cleanlab).

    `issues` of `rows` training labels look wrong, `rows_listed` are the positions of the worst;
    `reference` is the out-of-fold accuracy it rests on. `held_out` is the share of validation
    labels that look wrong to a reference fitted on training rows. `names` is what the rows listed
    are called, where they have names.
    """

    rows: int
    issues: int
    reference: float
    rows_listed: tuple[int, ...] = ()
    share: Estimate | None = None
    held_out: Estimate | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilesRecord:
    """The files that rows are read from, both splits: `unreadable` of `files` cannot be decoded.

    `files` is how many were looked at, a random sample where there are many. `empty` ones have
    no byte; `odd_mode` are of another colour mode than most, `odd_size` have sides or an
    aspect more than four times off the median, and `small` of these are so far below it both
    ways. `examples` are names without folders, those that cannot be read first; of an audit, with
    the folders below the data. Where pixels were decoded, `blank` pictures are of one colour,
    `dark` and `blurred` ones far darker and smoother than the others of the set.
    """

    files: int
    unreadable: int = 0
    empty: int = 0
    odd_mode: int = 0
    odd_size: int = 0
    small: int = 0
    examples: tuple[str, ...] = ()
    blank: int = 0
    dark: int = 0
    blurred: int = 0


@dataclass(frozen=True, slots=True)
class Subclasses:
    """The parts of one class, by sub-labels that were given or by clusters of its inputs.

    `rows` counts training rows by part, of a sample where there are many; it is empty where
    the class is one cloud. `recalls` is the own model's share of the part's validation rows that
    it puts into the class, with Wilson intervals, each at 5 % by the number of parts of all
    classes (Bonferroni), so that the worst may be picked. `examples` are the positions of a few
    training rows in the middle of each cluster.
    """

    class_name: str
    source: Literal["given", "clusters"]
    rows: Mapping[str, int] = field(default_factory=dict)
    recalls: Mapping[str, Estimate] = field(default_factory=dict)
    examples: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


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
    subclasses: tuple[Subclasses, ...] = ()
    files: FilesRecord | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
