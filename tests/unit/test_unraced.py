"""What becomes of remedies that findings name and that do not race."""

import dataclasses

import numpy as np
import pytest

from valgap.finding import Expected, Finding, Observed
from valgap.treatment.locking import planned
from valgap.treatment.unraced import unraced

PLAN = planned(np.arange(700) % 2, "classes")
GROUPED = planned(np.arange(700) % 2, "classes", np.arange(700) // 10)


def finding(*remedies):
    return Finding(
        "DAT103", "a", "DAT", "warning", "confirmed", "m",
        Observed(1.0, "x"), Expected("<", 0.0, "y"), remedies=remedies,
    )  # fmt: skip


def line(name, plan=PLAN, arms=()):
    (told,) = unraced([finding(name)], plan, arms)
    assert told.startswith(f"{name} (DAT103): ")
    return told.partition(": ")[2]


def test_what_the_protocol_does_is_said_with_how():
    assert line("stratified-split") == (
        "done by the protocol: rows are dealt at random, each class by its share"
    )


def test_a_split_that_races_is_told_of_once_under_the_name_it_races_by():
    two = [finding("shuffled-split"), finding("stratified-split")]
    (told,) = unraced(two, PLAN, ["shuffled-split"])
    assert told == "stratified-split (DAT103): tried under another name: a split at random"


def test_a_split_by_group_is_done_only_where_groups_are_known():
    assert line("split-by-group").startswith("not done: groups are not known")
    assert line("split-by-group", GROUPED) == (
        "done by the protocol: no fold tears one of 70 groups apart"
    )


def test_what_takes_the_author_is_left_to_him():
    assert line("pair-labels-again").startswith("left to you")


def test_what_races_is_not_told_of_and_what_does_not_is():
    assert unraced([finding("adam")], PLAN, ["adam"]) == ()
    assert unraced([finding("wider-layers")], PLAN, ["larger-model:2"]) == ()
    assert line("adam").startswith("not tried: this fit has nothing")
    assert line("drop-feature").startswith("not tried: it takes knowledge of the data")


def test_a_name_is_told_of_once():
    again = dataclasses.replace(finding("stratified-split"), name="b")
    assert len(unraced([finding("stratified-split"), again], PLAN, ())) == 1


@pytest.mark.parametrize("plan", [PLAN, GROUPED])
def test_without_findings_there_is_nothing_to_tell(plan):
    assert unraced([], plan, ()) == ()
