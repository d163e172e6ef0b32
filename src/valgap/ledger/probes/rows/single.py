"""The best single feature: whether it alone tells the target, and what is left without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.ledger.probes.rows.arrays import Array, Floats
from valgap.ledger.probes.rows.cheap import FOLDS, KINDS, Model, folds_of
from valgap.ledger.probes.rows.features import COLUMNS_A_FEATURE, Block, spread_over
from valgap.ledger.probes.rows.prepared import Part
from valgap.ledger.probes.rows.scores import chance_of, of_folds, score
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.study import Study
from valgap.observe.sources.nested import Nested, map_leaves, named_leaves

MOST_CANDIDATES, LOOKED_AT = 512, 3
WIDEST_INPUT = 64
BINS = 16
LEAST_ROWS = 30
# Half of the way from chance to perfect by one feature: worth asking what is left without it.
TELLING = 0.5
# DESIGN section 6 calls 1 point a difference; columns chosen for bins lose some to chance.
MATTERS = 0.05


@dataclass(frozen=True, slots=True)
class Single:
    """The best single feature by name, its scores by split, the best reference without it."""

    name: str
    scores: Mapping[Split, Estimate] = field(default_factory=dict)
    without: Estimate | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One column of a table, one feature of series, or (`column` None) one whole input.

    `column` counts what the features hold, `feature` what the input does.
    """

    input: str
    column: int | None
    feature: int = 0

    @property
    def handicap(self) -> float:
        """What a whole input must be better by than one of its own columns."""
        return MATTERS if self.column is None else 0.0

    @property
    def name(self) -> str:
        return self.input if self.column is None else f"{self.input}[{self.feature}]"


def best_single(study: Study) -> Single | None:
    """Returns the feature that alone predicts the target best, or None where none stands alone.

    Chosen by cross-validation inside training; the interval there allows for the choice.
    Pictures and tokens have no single features.
    """
    candidates = _candidates(study)
    if len(candidates) < 2 or len(study.y["train"]) < LEAST_ROWS or not study.clock.has():
        return None
    part, y = study.prepared.part("train"), study.y["train"]
    ranked = sorted(candidates, key=lambda c: -_told(study, _values(study, part, c), y))
    made = [(c, _inside(study, c, len(candidates))) for c in ranked[:LOOKED_AT]]
    scored = [(c, e) for c, e in made if e is not None]
    if not scored:
        return None
    best, inside = max(scored, key=lambda pair: pair[1].value - pair[0].handicap)
    scores: dict[Split, Estimate] = {"train": inside}
    held_out = _across(study, best)
    if held_out is not None:
        scores["validation"] = held_out
    chance = chance_of(study.task, y)
    is_telling = (inside.value - chance) / (1 - chance) >= TELLING
    return Single(best.name, scores, _without(study, best) if is_telling else None)


def _candidates(study: Study) -> list[_Candidate]:
    part = study.prepared.part("train")
    leaves = dict(named_leaves(part.table.x, "x"))
    inputs = {block.name for block in part.blocks}
    found: list[_Candidate] = []
    for block in (b for b in part.blocks if b.part in COLUMNS_A_FEATURE):
        count, shape = _count(block), np.shape(leaves[block.name])
        if len(inputs) > 1 and block.part == "columns" and 1 < count <= WIDEST_INPUT:
            found.append(_Candidate(block.name, None))
        width = shape[-1] if len(shape) > 1 else 1
        features = np.arange(width)[spread_over(width, count)]
        found += [_Candidate(block.name, j, int(feature)) for j, feature in enumerate(features)]
    if len(found) <= MOST_CANDIDATES:
        return found
    marks = _marks(study)
    return sorted(found, key=lambda c: -_correlation(_values(study, part, c), marks))[
        :MOST_CANDIDATES
    ]


def _marks(study: Study) -> Floats:
    """The target as standardised columns: one a class, a flag or a number."""
    y = study.y["train"]
    is_class = study.task in ("binary", "multiclass")
    columns = np.eye(study.answers.width)[y] if is_class else y.astype(np.float64)
    return np.asarray((columns - columns.mean(axis=0)) / np.maximum(columns.std(axis=0), 1e-300))


def _correlation(values: Floats, marks: Floats) -> float:
    apart = values - values.mean(axis=0)
    spread = np.maximum(apart.std(axis=0), 1e-300)
    return float(np.abs(apart.T @ marks / spread[:, None]).max()) / len(marks)


def _count(block: Block) -> int:
    """How many features a block has; of series several columns speak of one."""
    return int(block.values.shape[1]) // COLUMNS_A_FEATURE[block.part]


def _values(study: Study, part: Part, candidate: _Candidate) -> Floats:
    """The numbers of a candidate: (rows, columns), of series a summary of their course."""
    block = next(
        b for b in part.blocks if b.name == candidate.input and b.part in COLUMNS_A_FEATURE
    )
    kept = (
        block.values
        if candidate.column is None
        else block.values[:, candidate.column :: _count(block)]
    )
    known = study.known(part.split, kept)
    return np.nan_to_num(known.astype(np.float64), posinf=0.0, neginf=0.0)


def _told(study: Study, values: Floats, y: Array) -> float:
    """A quick look at what bins of one column (the best of several) tell of the target."""
    return max(_told_by_bins(study, _binned(column), y) for column in values.T)


def _binned(column: Floats) -> Array:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, column, side="left")


def _told_by_bins(study: Study, bins: Array, y: Array) -> float:
    """Balanced accuracy of the best class a bin, or the share of variance between bins."""
    if study.task in ("binary", "multiclass"):
        table = np.zeros((BINS + 1, study.answers.width))
        np.add.at(table, (bins, y), 1)
        table = table[:, table.any(axis=0)]
        return float((table / table.sum(axis=0)).max(axis=1).sum() / table.shape[1])
    sizes = np.maximum(np.bincount(bins, minlength=BINS + 1), 1)
    apart = y - y.mean(axis=0)
    between = np.stack([np.bincount(bins, c, BINS + 1) ** 2 / sizes for c in apart.T]).sum(axis=1)
    return float(np.mean(between / np.maximum((apart**2).sum(axis=0), 1e-300)))


def _inside(study: Study, candidate: _Candidate, claims: int) -> Estimate | None:
    x, y = _values(study, study.prepared.part("train"), candidate), study.y["train"]
    groups = study.prepared.equal_rows("train")[study.answers.truth["train"].known]
    if len(np.unique(groups)) < LEAST_ROWS:
        return None
    fold = folds_of(study.task, y, groups)
    given = np.zeros((len(y), study.answers.width))
    for i in range(int(fold.max()) + 1):
        given[fold == i] = _tree(study, x[fold != i], y[fold != i])(x[fold == i])
    least = None if study.task == "regression" else 0.0
    return of_folds(score(study.task, y, given, claims), FOLDS, least)


def _across(study: Study, candidate: _Candidate) -> Estimate | None:
    if not study.can_cross:
        return None
    train, validation = study.prepared.alike()
    model = _tree(study, _values(study, train, candidate), study.y["train"])
    given = model(_values(study, validation, candidate))
    return score(study.task, study.y["validation"], given)


def _tree(study: Study, x: Floats, y: Array) -> Model:
    """A small decision tree; classes weigh alike, so that a rare one can be told too."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    width, leaves = study.answers.width, max(BINS, 4 * study.answers.width)
    if study.task == "regression":
        trees = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=5, random_state=0)
        trees.fit(x, y)
        return lambda new: np.asarray(trees.predict(new)).reshape(len(new), -1)
    columns = [y] if study.task != "multilabel" else list(y.T)
    models = [
        DecisionTreeClassifier(
            max_leaf_nodes=leaves, min_samples_leaf=5, class_weight="balanced", random_state=0
        ).fit(x, column)
        for column in columns
    ]

    def scores(new: Floats) -> Floats:
        given = np.zeros((len(new), width))
        for j, model in enumerate(models):
            made = model.predict_proba(new)
            if study.task == "multilabel":
                given[:, j] = made[:, list(model.classes_).index(1)] if 1 in model.classes_ else 0
            else:
                given[:, model.classes_] = made
        return given

    return scores


def _without(study: Study, candidate: _Candidate) -> Estimate | None:
    """The best of the references on validation without that feature."""
    if not study.can_cross or not study.clock.has():
        return None

    def change(x: Nested) -> Nested:
        return _blanked(x, candidate)

    blocks = study.prepared.features("train", change)
    space = Space(blocks)
    x = study.known("train", space.put(blocks))
    new = study.known("validation", space.put(study.prepared.features("validation", change)))
    found = []
    for kind in (k for k in KINDS if study.clock.has()):
        given = study.crossed(kind, x, new)
        found.append(score(study.task, study.y["validation"], given, len(KINDS)))
    return max((e for e in found if e is not None), key=lambda e: e.value, default=None)


def _blanked(x: Nested, candidate: _Candidate) -> Nested:
    """The inputs with one feature, or one whole input, set to 0."""
    target = dict(named_leaves(x, "x"))[candidate.input]

    def blank(leaf: Array) -> Array:
        if leaf is not target:
            return leaf
        copy = np.array(leaf)
        if candidate.column is None or copy.ndim == 1:
            copy[...] = 0
        else:
            copy[..., candidate.feature] = 0
        return copy

    return map_leaves(blank, x)
