"""The parts of each class, given or found among its inputs, and how well each is recalled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.rows import Subclasses
from valgap.ledger.probes.rows.arrays import Array, Bools, Ints, some_rows
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.clusters import LEAST_ROWS, parts_of
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.scores import proportion
from valgap.ledger.probes.rows.study import NO_VALIDATION, Study, study_of

LEAST_VALIDATION = 10
"""Of fewer rows no two intervals of a recall come to lie apart."""

MOST_CLASSES, MOST_ROWS, MOST_PARTS, MOST_LISTED = 20, 1000, 50, 5
# Where groups hold two rows each on average, clusters are those groups: clips, say, or copies.
OF_A_GROUP = 2.0


@dataclass(frozen=True, slots=True)
class _Found:
    """The parts of one class: rows of training and of validation by part, and which were hit."""

    code: float
    train: Mapping[str, Ints]
    validation: Mapping[str, Bools]


def subclasses(
    prepared: Prepared, clock: Clock, groups: Ints | None = None
) -> tuple[Subclasses, ...]:
    """Returns the parts of each class; a class that is one cloud has none.

    By the sub-labels that were given, else by clusters of inputs, of the classes that the own
    model recalls least. Intervals allow for all parts being looked at (Bonferroni: Dunn, JASA
    56, 1961), as whoever reads them picks the worst one.

    Args:
        prepared: the rows.
        clock: classes are left out when its time is over.
        groups: a number for each training row, the same for rows that go together.

    Raises:
        NotApplicableError: where there are no classes, no predictions, or too few rows.
    """
    study = study_of(prepared, clock)
    hits = _hits(study)
    given = _given(study)
    if given:
        found = list(_by_label(study, hits, given))
    else:
        _refuse_groups(study, groups)
        found = list(_by_cluster(study, hits))
    if not found:
        raise NotApplicableError(
            f"no class has {LEAST_ROWS} training rows and {LEAST_VALIDATION} validation rows"
        )
    looked_at = sum(len(hit) > 0 for parts in found for hit in parts.validation.values())
    return tuple(_record(study, parts, bool(given), looked_at) for parts in found)


def _hits(study: Study) -> Bools:
    """Whether the own model puts each validation row into its class."""
    if study.task not in ("binary", "multiclass"):
        raise NotApplicableError("it is about one class a row")
    if not study.can_cross:
        raise NotApplicableError(study.why[NO_VALIDATION])
    made = study.answers.own(study.prepared.part("validation"), study.prepared)
    if made is None:
        raise NotApplicableError("the own model made no predictions of validation rows")
    return np.asarray(made.argmax(axis=1) == study.y["validation"])


def _given(study: Study) -> dict[Split, Array]:
    """The sub-labels of rows whose target is known, where both splits have any."""
    told = study.prepared.sampled.subclasses
    if not {"train", "validation"} <= told.keys():
        return {}
    return {
        split: told[split][study.prepared.part(split).index][study.answers.truth[split].known]
        for split in told
    }


def _by_label(study: Study, hits: Bools, given: Mapping[Split, Array]) -> Iterator[_Found]:
    """Each class by the sub-labels of its rows, none where it has one only."""
    for code, name in enumerate(study.answers.codes):
        own = {split: np.flatnonzero(study.y[split] == code) for split in given}
        labels = {split: given[split][rows] for split, rows in own.items()}
        names = np.unique(np.concatenate(list(labels.values())))[:MOST_PARTS]
        names = names if len(names) > 1 else names[:0]
        yield _Found(
            float(name),
            {str(n): own["train"][labels["train"] == n] for n in names},
            {str(n): hits[own["validation"][labels["validation"] == n]] for n in names},
        )


def _refuse_groups(study: Study, groups: Ints | None) -> None:
    if groups is None:
        return
    rows = groups[study.answers.truth["train"].known]
    if len(rows) >= OF_A_GROUP * len(np.unique(rows)):
        raise NotApplicableError("rows come in groups that are alike: clusters would be those")


def _by_cluster(study: Study, hits: Bools) -> Iterator[_Found]:
    """Classes by clusters of their inputs, the one that is recalled least first."""
    train, held_out = _of_classes(study, "train"), _of_classes(study, "validation")
    recalls = {
        code: float(hits[held_out[code]].mean())
        for code in range(study.answers.width)
        if len(train[code]) >= LEAST_ROWS and len(held_out[code]) >= LEAST_VALIDATION
    }
    for place, code in enumerate(sorted(recalls, key=lambda c: recalls[c])[:MOST_CLASSES]):
        if place == 0 or study.clock.has():
            yield _clustered(study, hits, code, (train[code], held_out[code]))


def _of_classes(study: Study, split: Split) -> list[Ints]:
    """The rows of each class, but those whose equals have another class too.

    No model can tell such rows apart, whatever it is trained on: they are no part of a class.
    """
    y = study.y[split]
    inputs = study.prepared.equal_rows(split)[study.answers.truth[split].known]
    pairs = np.unique(np.stack([inputs, y]), axis=1)
    one_class = np.bincount(pairs[0], minlength=int(inputs.max()) + 1)[inputs] == 1
    return [np.flatnonzero((y == code) & one_class) for code in range(study.answers.width)]


def _clustered(study: Study, hits: Bools, code: int, rows: tuple[Ints, Ints]) -> _Found:
    own, held_out = rows[0][some_rows(len(rows[0]), MOST_ROWS)], rows[1]
    parts = parts_of(study.x["train"][own])
    name = float(study.answers.codes[code])
    if parts is None:
        return _Found(name, {}, {})
    where = parts.of(study.x["validation"][held_out])
    typical = {k: parts.typical(k) for k in range(parts.count)}
    return _Found(
        name,
        {str(k + 1): own[rows] for k, rows in typical.items()},
        {str(k + 1): hits[held_out[where == k]] for k in typical},
    )


def _record(study: Study, parts: _Found, is_given: bool, looked_at: int) -> Subclasses:
    typical = {} if is_given else {name: rows[:MOST_LISTED] for name, rows in parts.train.items()}
    return Subclasses(
        _name(parts.code),
        "given" if is_given else "clusters",
        rows={name: len(rows) for name, rows in parts.train.items()},
        recalls={
            name: proportion(int(hit.sum()), len(hit), looked_at)
            for name, hit in parts.validation.items()
            if len(hit)
        },
        examples={name: _stored(study, rows) for name, rows in typical.items()},
    )


def _stored(study: Study, rows: Ints) -> tuple[int, ...]:
    """Where training rows are stored; those of which it is not known are left out."""
    known = np.flatnonzero(study.answers.truth["train"].known)
    ids = study.prepared.part("train").table.ids[known[rows]]
    return tuple(int(i) for i in ids if i >= 0)


def _name(code: float) -> str:
    return str(int(code)) if code == int(code) else f"{code:g}"
