"""The interval of generalisation where rows go together: whole groups are drawn, not rows."""

import numpy as np
import pytest

from valgap.ledger.rows import Epoch, account
from valgap.ledger.score import Scores
from valgap.ledger.states import State

GROUPS, EACH = 10, 40
ROWS = GROUPS * EACH
OWNERS = {
    "train": np.repeat(np.arange(GROUPS), EACH),
    "validation": np.repeat(np.arange(5, 5 + GROUPS), EACH),
}
RNG = np.random.default_rng(3)
ALIKE = [np.repeat(RNG.exponential(size=GROUPS), EACH) for _ in range(2)]
APART = [RNG.exponential(size=ROWS) for _ in range(2)]


def state(split, parts, ids=None, unit="row"):
    scores = Scores({"loss": float(parts.mean())}, {"loss": parts}, {"loss": unit})
    known = np.arange(len(parts)) if ids is None else ids
    return State(split, scores, 1, {"loss": 0.0}, known, (len(parts),))


def rows_of(losses, groups, **more):
    """The account of one epoch of losses of training and validation rows, by name."""
    inside, held_out = losses
    states = {
        "trained": state("train", inside + 0.1, **more),
        "inference": state("train", inside, **more),
        "validation-clean": state("validation", held_out, **more),
        "validation-fed": state("validation", held_out + 0.2, **more),
    }
    logs = {"loss": float(inside.mean()) + 0.1, "val_loss": float(held_out.mean()) + 0.2}
    at = Epoch(0, ("last",), logs, states, {}, ROWS, ROWS, groups=groups)
    return {row.row: row for row in account("loss", at).rows}


def generalisation(losses, groups, **more):
    return rows_of(losses, groups, **more)["generalisation"]


def width(row):
    return row.high - row.low


def test_rows_that_are_alike_by_group_leave_a_far_wider_interval():
    by_row, by_group = generalisation(ALIKE, {}), generalisation(ALIKE, OWNERS)
    assert width(by_group) > 4 * width(by_row)  # forty rows say what one does: sqrt(40) = 6.3
    assert by_group.delta == by_row.delta
    assert by_group.low < by_group.delta < by_group.high


def test_rows_that_differ_within_their_group_leave_it_about_as_it_was():
    ratio = width(generalisation(APART, OWNERS)) / width(generalisation(APART, {}))
    assert 0.6 < ratio < 1.6


def test_no_other_row_of_the_account_is_changed():
    before, after = rows_of(ALIKE, {}), rows_of(ALIKE, OWNERS)
    assert {name for name in before if before[name] != after[name]} == {"generalisation"}


def test_rows_of_a_sample_are_of_the_group_that_they_are_stored_with():
    ids = RNG.permutation(ROWS)[:200]
    some = [losses[ids] for losses in ALIKE]
    taken = {split: labels[ids] for split, labels in OWNERS.items()}
    found, right = generalisation(some, OWNERS, ids=ids), generalisation(some, taken)
    assert (found.low, found.high) == (right.low, right.high)
    assert width(found) > 2 * width(generalisation(some, {}))


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        ({"train": OWNERS["train"]}, {}),
        (OWNERS, {"ids": np.full(ROWS, -1)}),
        ({split: labels[:-1] for split, labels in OWNERS.items()}, {}),
        (OWNERS, {"unit": "group"}),
    ],
    ids=["one split", "rows unknown", "a row too few", "parts are no rows"],
)
def test_where_the_group_of_a_part_is_not_known_parts_are_drawn(groups, more):
    assert generalisation(ALIKE, groups, **more) == generalisation(ALIKE, {}, **more)


def test_one_group_on_a_side_has_no_interval():
    found = generalisation(ALIKE, {**OWNERS, "validation": np.zeros(ROWS, int)})
    assert (found.low, found.high) == (None, None)
    assert found.delta == pytest.approx(ALIKE[1].mean() - ALIKE[0].mean())
