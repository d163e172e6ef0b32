"""The bench of issue 4 counts rightly, and its decoys change a recipe as they say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from proving.oracle import FIRST_SEED, _is_true, _keep_digests, _let_go_of_others
from proving.shares import contradicted, shares

from valgap.evidence.trials import TrialRecord, append_trial, read_trials
from valgap.experiments.inquiry import MOST_SEEDS
from valgap.experiments.verdict import Pairs


def verdict(status, true, **more):
    plain = {
        "code": "MOD109", "experiment": "e", "decoy": False, "effect": 0.3, "oracle": 0.3,
        "delta": 0.05, "pairs": 6, "proxy": None,
    }  # fmt: skip
    return {**plain, "status": status, "true": true, **more}


def result(*verdicts, first=True, before=True):
    said = ["MOD109"]
    return {"name": "a", "first": first, "before": before, "said": said, "failed": None,
            "verdicts": list(verdicts)}  # fmt: skip


def counted(*results):
    return {what: (hits, of) for what, hits, of in shares(list(results))}


def test_confirmed_verdicts_count_where_the_oracle_was_asked_and_decoys_apart():
    found = counted(
        result(
            verdict("confirmed", True),
            verdict("confirmed", False),
            verdict("confirmed", None),
            verdict("confirmed", False, decoy=True),
        )
    )
    assert found["confirmed verdicts that the oracle bears out"] == (1, 2)
    assert found["decoys not confirmed"] == (0, 1)


def test_a_true_cause_that_was_let_go_is_counted_against_the_verdicts():
    found = counted(result(verdict("harmless", True), verdict("refuted", False)))
    assert found["harmless or refuted, and the oracle agrees"] == (1, 2)


def test_a_decoy_that_matters_is_none_and_one_of_few_pairs_is_counted_apart():
    found = counted(
        result(
            verdict("confirmed", True, decoy=True),
            verdict("harmless", None, decoy=True, pairs=3),
            verdict("inconclusive", False, decoy=True, pairs=2),
            verdict("inconclusive", None, decoy=True, pairs=2),
        )
    )
    assert found["decoys not confirmed"] == (2, 2)
    assert found["of these, tested to the end"] == (1, 1)


@pytest.mark.parametrize(
    ("effect", "oracle", "agrees"),
    [(0.3, 0.2, 1), (0.3, 0.01, 0), (0.01, -0.02, 1), (-0.1, 0.1, 0)],
)
def test_shortened_fits_agree_on_one_side_of_what_matters(effect, oracle, agrees):
    short = verdict("inconclusive", True, effect=effect, oracle=oracle, proxy="fits of 5 of 20")
    found = counted(result(short))
    assert found["shortened fits that say what whole ones do"] == (agrees, 1)


def test_first_counts_scripts():
    found = counted(result(), result(first=False))
    assert found["planted cause first, after them"] == (1, 2)


def test_what_the_oracle_contradicts_is_listed_and_what_is_open_is_not():
    lines = list(
        contradicted(
            [
                result(
                    verdict("confirmed", False),
                    verdict("refuted", True),
                    verdict("inconclusive", False),
                    verdict("confirmed", True),
                )
            ]
        )
    )
    assert [line.split()[3] for line in lines] == ["confirmed", "refuted"]


def test_the_seeds_of_the_oracle_are_no_seeds_of_an_inquiry():
    assert FIRST_SEED > MOST_SEEDS


def test_the_oracle_asks_for_half_of_what_is_missing():
    found = Pairs("skill", (0.5,) * 10, (0.7,) * 10)
    assert _is_true(found, 0.3, "up")
    assert not _is_true(found, 0.5, "up")
    assert not _is_true(found, 0.3, "down")


def test_the_oracle_knows_labels_that_tell_nothing_by_their_reference_too():
    found = Pairs("skill", (0.02,) * 10, (0.0,) * 10, rows=400)
    assert _is_true(found, 0.0, "same")
    assert not _is_true(found, 0.6, "same")
    told = Pairs("skill", (0.3,) * 10, (0.0,) * 10, rows=400)
    assert not _is_true(told, 0.0, "same")


def test_trials_of_another_script_are_made_anew(tmp_path):
    _let_go_of_others(tmp_path, "x = 1")
    append_trial(tmp_path, TrialRecord("dropout-removed:0", 101, 5, 5, score=0.5))
    append_trial(tmp_path, TrialRecord("patient", 101, 5, 5, score=0.4))
    _keep_digests(tmp_path, "x = 1")
    _let_go_of_others(tmp_path, "x = 1")
    assert len(read_trials(tmp_path)) == 2
    _let_go_of_others(tmp_path, "x = 2")
    assert read_trials(tmp_path) == ()


def test_decoys_leave_the_recipe_they_are_put_into_as_it_was():
    from proving.decoys import DECOYS
    from test_experiments_training import recipe, rows

    before = recipe(rows(40), rows(20))
    for name in ("weights", "penalties", "spread"):
        code, change = DECOYS[name]
        after = change(before)
        assert after is not before, name
        assert before.train.w is None
        assert np.array_equal(before.train.x, rows(40).x)
        assert code
