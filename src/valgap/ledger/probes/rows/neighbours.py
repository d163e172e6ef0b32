"""Near twins across and within the splits, conflicts, and rows that go together in their order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import Neighbours
from valgap.ledger.probes.rows.answers import Answers, answers_of
from valgap.ledger.probes.rows.arrays import Ints
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.distances import (
    Distances,
    chains,
    distances,
    gap_distance,
    group_distance,
    nearest,
    positions,
    spacing,
    twin_distance,
)
from valgap.ledger.probes.rows.figures import figures
from valgap.ledger.probes.rows.given import given_groups
from valgap.ledger.probes.rows.order import classes_of, lag_of
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.ledger.probes.rows.steps import shared_steps

LEAST_ROWS = 10
OF_A_CHAIN = 3
"""Two rows are a pair; three near ones make a group."""


def neighbours(prepared: Prepared, clock: Clock) -> tuple[Neighbours, Ints]:
    """Returns what near rows there are, and a number for each training row: its group.

    Groups are those that were given, where each class has enough of them for a score by group;
    else stretches of the stored order where rows next to each other are alike, else chains of
    twins.

    Raises:
        NotApplicableError: where there are too few rows, or no two differ.
    """
    train = prepared.part("train")
    if train.rows < LEAST_ROWS:
        raise NotApplicableError(f"it takes {LEAST_ROWS} training rows, there are {train.rows}")
    validation = _validation(prepared)
    by = positions(train.blocks, train.blocks)
    held_out = positions(validation.blocks, train.blocks) if validation else None
    found = distances(by, held_out)
    answers = _answers(prepared)
    limit = twin_distance(found)
    if answers is not None and answers.task in ("binary", "multiclass"):
        limit = max(limit, gap_distance(found, answers.classes("train")))
    chain = chains(found.all <= limit)
    given = given_groups(prepared, answers) if validation else None
    if given is not None:
        limit = max(limit, group_distance(found, given.train, classes_of(answers, train.rows)))
    with_twin, without, twins = _apart(prepared, validation, found, limit)
    conflicts, ceiling = _conflicts(prepared, answers)
    order = lag_of(prepared, answers) if clock.has() else None
    across = found.across
    record = Neighbours(
        train.rows,
        validation.rows if validation else 0,
        train_to_train=float(np.median(nearest(found.inside_train))),
        validation_to_train=float(np.median(nearest(across))) if validation else None,
        twin_distance=limit,
        twins=twins,
        twins_within_train=int((nearest(found.inside_train) <= limit).sum()),
        with_twin=with_twin,
        without=without,
        conflicts=conflicts,
        ceiling=ceiling,
        lag_similarity=order.similarity if order else None,
        effective_rows=order.effective_rows if order else None,
        largest_group=int(np.bincount(chain).max()),
        groups_across=_groups_across(chain, train.rows),
        shared_steps=shared_steps(prepared) if validation and clock.has() else None,
        spacing=spacing(found),
        given=given.record if given else None,
    )
    if given and given.can_be_held_out:
        return record, given.train
    stretches = order.stretches(train.rows) if order else None
    return record, chain[: train.rows] if stretches is None else stretches


def _validation(prepared: Prepared) -> Part | None:
    try:
        return prepared.alike()[1]
    except NotApplicableError:
        return None


def _answers(prepared: Prepared) -> Answers | None:
    try:
        return answers_of(prepared)
    except NotApplicableError:
        return None


def _apart(
    prepared: Prepared, part: Part | None, found: Distances, limit: float
) -> tuple[Mapping[str, Estimate], Mapping[str, Estimate], int]:
    """The own model's figures on rows with a twin and on those without, and how many have one."""
    if part is None:
        return {}, {}, 0
    near = nearest(found.across) <= limit
    return figures(prepared, part, near), figures(prepared, part, ~near), int(near.sum())


def _conflicts(prepared: Prepared, answers: Answers | None) -> tuple[int, float | None]:
    """Training rows of equal input and different target, and the accuracy they leave."""
    if answers is None:
        return 0, None
    truth = answers.truth["train"]
    if len(truth.values) == 0:
        return 0, None
    inputs = prepared.equal_rows("train")[truth.known]
    targets = np.unique(truth.values, axis=0, return_inverse=True)[1].reshape(-1)
    pairs, counts = np.unique(np.stack([inputs, targets]), axis=1, return_counts=True)
    kinds = np.bincount(pairs[0])
    most = np.zeros(len(kinds), np.int64)
    np.maximum.at(most, pairs[0], counts)
    conflicts = int((kinds[inputs] > 1).sum())
    if answers.task == "regression":
        return conflicts, None
    return conflicts, float(most.sum() / len(inputs))


def _groups_across(chain: Ints, train: int) -> int:
    """Chains of three or more with rows on both sides."""
    size = np.bincount(chain)
    ours = np.bincount(chain[:train], minlength=len(size))
    return int(((size >= OF_A_CHAIN) & (ours > 0) & (ours < size)).sum())
