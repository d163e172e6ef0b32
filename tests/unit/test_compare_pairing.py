"""The trials of a comparison: side by side, once, and ended by the budget or Ctrl+C."""

import dataclasses
from pathlib import Path

import pytest
from compare_help import predictions, side, trials

from valgap.comparing import compare, pairing


class FakeLab:
    """Makes trials at once, and tells the order."""

    def __init__(self, name, made, interrupted_at=None, seconds=0.0):
        self.name, self.made, self.interrupted_at = name, made, interrupted_at
        self.epochs, self.workers, self.notes, self.on_trial = 12, 2, [], None
        self.known_seeds, self.takes = {}, seconds
        self.is_closed, self.recipe, self.trust = False, Path("no-recipe.pkl"), False

    def known(self, ask):
        return self.known_seeds.get(ask.seed)

    def seconds(self):
        return self.takes or None

    def make(self, asks):
        for ask in asks:
            if (self.name, ask.seed) == self.interrupted_at:
                raise KeyboardInterrupt
            self.made.append((self.name, ask.seed))
            self.known_seeds[ask.seed] = trials([0.8] * ask.seed)[-1]

    def close(self):
        self.is_closed = True


@pytest.fixture
def compared(make_run, monkeypatch):
    """Compares made-up runs by fake labs; gives back the comparisons, the order and the labs."""

    def run(count=2, *, interrupted_at=None, takes=0.0, **given):
        made, labs = [], []
        sides = [side("", make_run, scored=predictions(0.9)) for _ in range(count)]
        runs = [dataclasses.replace(s.run, path=s.run.path / str(i)) for i, s in enumerate(sides)]

        def lab_of(run, fit, *, trust):
            labs.append(FakeLab(run.path.name, made, interrupted_at, takes))
            return labs[-1]

        monkeypatch.setattr(pairing, "lab_of", lab_of)
        return compare(runs, **{"seconds": 60.0} | given), made, labs

    return run


def test_a_few_seeds_of_one_side_then_of_the_other(compared):
    found, made, labs = compared(pairs=3)
    assert made == [("0", 1), ("0", 2), ("1", 1), ("1", 2), ("0", 3), ("1", 3)]
    assert found[0].effect.pairs == 3
    assert all(lab.is_closed for lab in labs)


def test_the_first_run_is_made_once_for_all(compared):
    found, made, labs = compared(3, pairs=2)
    assert made.count(("0", 1)) == 1
    assert [c.effect.pairs for c in found] == [2, 2]
    assert len(labs) == 3


def test_six_pairs_unless_told_and_seven_for_two_comparisons(compared):
    assert compared()[0][0].effect.pairs == 6
    assert [c.effect.pairs for c in compared(3)[0]] == [7, 7]


def test_ctrl_c_ends_it_and_what_was_made_counts(compared):
    found, _, labs = compared(3, pairs=4, interrupted_at=("1", 3))
    assert found[0].effect.pairs == 2
    assert "interrupted" in found[0].notes
    assert "2 of 4 pairs were made" in found[0].notes
    assert found[1].effect.over == "rows"  # nothing more is made after it
    assert all(lab.is_closed for lab in labs)


def test_no_pair_is_begun_that_would_outlast_the_budget(compared):
    found, made, _ = compared(takes=31.0, seconds=60.0)
    assert made == []
    assert "no pairs: there was no time for a pair" in found[0].notes
