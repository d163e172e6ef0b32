"""What one output is asked for on both splits in one coding, and what the own model answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from valgap.evidence.records import Split
from valgap.evidence.rows import Task
from valgap.ledger.probes.rows.arrays import Array, Bools, Floats, Ints, numeric
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.ledger.probes.rows.scores import score
from valgap.ledger.probes.rows.tasks import class_of_rows, task_of
from valgap.observe.sources.nested import named_leaves

MOST_CLASSES, MOST_FLAGS, MOST_OUTPUTS = 200, 12, 8
# Numbers a row from which on a target may be a copy of an input, and rows that are compared.
LEAST_COPIED, LOOKED_AT = 2, 64


@dataclass(frozen=True, slots=True)
class Truth:
    """The targets of one split: class positions, 0/1 flags by column or numbers by column.

    `known` tells the rows of the part whose target is a number; `values` holds those alone.
    """

    values: Array
    known: Bools


@dataclass(frozen=True, slots=True)
class Answers:
    """One output and its targets by split.

    `codes` are the numbers that name the classes, of both splits together; `columns` the
    flags or numbers of the target that are looked at.
    """

    output: int
    name: str
    task: Task
    codes: Floats
    columns: Ints
    truth: dict[Split, Truth]

    @property
    def width(self) -> int:
        """How many columns scores have: one a class, a flag or a number."""
        return len(self.codes) if self.task in ("binary", "multiclass") else len(self.columns)

    def classes(self, split: Split) -> Ints:
        """Returns the class of each row of a split, -1 where it is not known."""
        truth = self.truth[split]
        found = np.full(len(truth.known), -1, np.int64)
        found[truth.known] = truth.values
        return found

    def own(self, part: Part, prepared: Prepared) -> Floats | None:
        """Returns the own model's scores of the rows whose target is known, or None."""
        own = prepared.sampled.own.get(part.split)
        if own is None or self.output >= len(own.predictions):
            return None
        made = numeric(own.predictions[self.output])
        total = prepared.sampled.tables[part.split].rows
        if made is None or len(made) != total:
            return None
        kept = made[part.index][self.truth[part.split].known]
        given = self._scores(kept.reshape(len(kept), -1).astype(np.float64))
        return given if given is not None and np.all(np.isfinite(given)) else None

    def _scores(self, made: Floats) -> Floats | None:
        """By class, flag or number, whatever the shape of the head."""
        if self.task not in ("binary", "multiclass"):
            fits = made.shape[1] > self.columns.max(initial=0)
            return made[:, self.columns] if fits else None
        if made.shape[1] == 1:  # the nearest code: with 0 and 1 a threshold of .5
            return np.asarray(-np.abs(made - self.codes[None, :]))
        names_column = (self.codes == np.floor(self.codes)) & (self.codes >= 0)
        if not np.all(names_column & (self.codes < made.shape[1])):
            return None
        return made[:, self.codes.astype(np.int64)]


def answers_of(prepared: Prepared) -> Answers:
    """Returns the output to look at: of several, the one that the own model does worst on.

    Raises:
        NotApplicableError: where no output has a class or numbers for each row.
    """
    found = list(_outputs(prepared))
    if not found:
        raise NotApplicableError("no target is a class or a number for each row, and no input")
    return min(found, key=lambda answers: _own_score(answers, prepared))


def _own_score(answers: Answers, prepared: Prepared) -> float:
    splits: tuple[Split, ...] = ("validation", "train")
    for split in (s for s in splits if s in answers.truth):
        given = answers.own(prepared.part(split), prepared)
        if given is not None:
            found = score(answers.task, answers.truth[split].values, given)
            if found is not None:
                return found.value
    return math.inf


def _outputs(prepared: Prepared) -> Iterator[Answers]:
    train = prepared.part("train")
    try:
        validation = prepared.part("validation")
    except NotApplicableError:
        validation = None
    others = list(named_leaves(validation.table.y, "y")) if validation is not None else []
    for i, (name, leaf) in enumerate(named_leaves(train.table.y, "y")):
        if _is_an_input(train, leaf):
            continue
        told = prepared.sampled.tasks
        task = told[i] if i < len(told) else task_of(leaf)
        targets: dict[Split, Any] = {"train": leaf}
        if i < len(others):
            targets["validation"] = others[i][1]
        answers = _answers(i, name, task, targets)
        if answers is not None:
            yield answers


def _is_an_input(part: Part, target: object) -> bool:
    """Whether a target is an input over again, as of an autoencoder: a reference would copy it."""
    wanted = numeric(target)
    if wanted is None or wanted[:1].size < LEAST_COPIED:
        return False
    for _, leaf in named_leaves(part.table.x, "x"):
        given = numeric(leaf)
        if given is None or given.size != wanted.size:
            continue
        some = slice(0, LOOKED_AT)
        a, b = (np.asarray(v[some], np.float64).reshape(-1) for v in (given, wanted))
        if np.allclose(a, b, equal_nan=True):
            return True
    return False


def _answers(output: int, name: str, task: Task, targets: dict[Split, Any]) -> Answers | None:
    arrays = {split: numeric(leaf) for split, leaf in targets.items()}
    known = {split: array for split, array in arrays.items() if array is not None and len(array)}
    if task == "unknown" or "train" not in known:
        return None
    if task in ("binary", "multiclass"):
        return _classes(output, name, task, known)
    return _columns(output, name, task, known)


def _classes(output: int, name: str, task: Task, arrays: dict[Split, Array]) -> Answers | None:
    rows = {split: len(array) for split, array in arrays.items()}
    named = {split: class_of_rows(array) for split, array in arrays.items()}
    if any(len(classes) != rows[split] for split, classes in named.items()):
        return None
    there = {split: np.isfinite(classes) for split, classes in named.items()}
    codes = np.unique(np.concatenate([named[split][there[split]] for split in named]))
    if not 0 < len(codes) <= MOST_CLASSES:
        return None
    truth = {s: Truth(np.searchsorted(codes, named[s][there[s]]), there[s]) for s in named}
    return Answers(output, name, task, codes, np.zeros(0, np.int64), truth)


def _columns(output: int, name: str, task: Task, arrays: dict[Split, Array]) -> Answers | None:
    wide = {s: a.reshape(len(a), -1).astype(np.float64) for s, a in arrays.items()}
    train = wide["train"]
    wide = {split: array for split, array in wide.items() if array.shape[1] == train.shape[1]}
    # The columns that tell most: those whose values differ most evenly, or numbers in order.
    if task == "multilabel":
        even = np.abs(np.nanmean(train > 0.5, axis=0) - 0.5)
        columns = np.sort(np.argsort(even, kind="stable")[:MOST_FLAGS])
    else:
        last = train.shape[1] - 1
        columns = np.unique(np.linspace(0, last, MOST_OUTPUTS).astype(np.int64))
    truth: dict[Split, Truth] = {}
    for split, array in wide.items():
        there = np.asarray(np.isfinite(array).all(axis=1))
        values = array[there][:, columns]
        truth[split] = Truth(
            (values > 0.5).astype(np.int64) if task == "multilabel" else values, there
        )
    return Answers(output, name, task, np.zeros(0), columns, truth)
