"""The split as a remedy: who trains on which rows of a fold."""

from __future__ import annotations

import numpy as np
import pytest

from valgap.experiments.arms import CannotVaryError
from valgap.finding import Expected, Finding, Observed
from valgap.treatment.dealing import dealt, split_asked_for, without_splits


def finding(*remedies, severity="warning"):
    return Finding(
        "DAT201", "a", "DAT", severity, "suspected", "m",
        Observed(1.0, "x"), Expected("<", 0.0, "y"), remedies=remedies,
    )  # fmt: skip


FOLD = np.array([0, 1, 2, 4, 5, 7, 8, 9, 11])


def test_where_nobody_asks_all_rows_of_the_fold_train():
    for arms in ((), ("shuffled-split",), ("adam",)):
        np.testing.assert_array_equal(dealt(FOLD, None, arms, 3), FOLD)


def test_the_patient_trains_on_rows_of_the_script_and_the_remedy_on_as_many_of_all():
    own = dealt(FOLD, 6, ("adam",), 3)
    np.testing.assert_array_equal(own, [0, 1, 2, 4, 5])
    drawn = [dealt(FOLD, 6, ("adam", "shuffled-split"), seed) for seed in range(20)]
    for rows in drawn:
        assert len(rows) == len(set(rows)) == len(own)
        assert set(rows) <= set(FOLD)
    assert set(np.concatenate(drawn)) == set(FOLD)
    np.testing.assert_array_equal(drawn[4], dealt(FOLD, 6, ("shuffled-split",), 4))


def test_a_fold_without_rows_of_the_script_cannot_be_trained_on():
    with pytest.raises(CannotVaryError, match="none of the rows"):
        dealt(FOLD[5:], 6, (), 0)


def test_only_findings_that_are_more_than_notes_ask_and_the_first_names_it():
    ask = [finding("adam"), finding("stratified-split")]
    assert split_asked_for(ask) == "stratified-split"
    assert split_asked_for([finding("shuffled-split", severity="note")]) is None
    assert split_asked_for([]) is None


def test_the_fit_itself_is_not_told_of_the_split():
    assert without_splits(("stratified-split", "adam", "more-epochs:2")) == (
        "adam",
        "more-epochs:2",
    )
