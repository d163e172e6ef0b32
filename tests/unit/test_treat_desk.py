"""What is kept back of a budget in seconds."""

import pytest

from valgap.treatment.budget import Budget
from valgap.treatment.desk import Desk
from valgap.treatment.jobs import Job, Memory, Result


class Made:
    """Trials that take as long as they are told to."""

    def __init__(self, taken):
        self.taken, self.now = list(taken), 0.0

    def run(self, jobs, until):
        for job in jobs:
            took = self.taken.pop(0)
            self.now += took
            yield Result(job, 0.5, took)

    def close(self):
        pass


def after(taken, seconds=1000.0):
    engine = Made(taken)
    desk = Desk(engine, Memory(), Budget(seconds=seconds), lambda: engine.now)
    list(desk.asked([Job((), 0, i, "race") for i in range(len(taken))], None))
    return desk


def test_trials_of_one_length_are_kept_back_at_that_length():
    desk = after([5.0] * 20)
    assert desk.rate == desk.dear == 5.0
    assert desk.deadline(1, reserved=9) == 1000.0 - 9 * 5.0


def test_the_last_look_is_kept_back_at_the_length_of_the_longer_trials():
    desk = after([4.0, 4.0, *[4.0] * 14, *[12.0] * 4])
    assert desk.rate < 6.0
    assert desk.dear == pytest.approx(12.0 * desk.rate / 5.6)
    assert desk.deadline(1, reserved=9) == 1000.0 - 9 * desk.dear


def test_before_any_trial_nothing_is_known_to_be_longer():
    desk = after([])
    assert desk.dear == desk.rate


def test_what_comes_after_all_selections_is_kept_back_once():
    desk = after([5.0] * 20)
    assert desk.deadline(4, reserved=2, kept=8) == 100.0 + (900.0 - 8 * 5.0) / 4 - 2 * 5.0
    desk.budget = Budget(trials=100)
    assert desk.left(4, kept=8) == (100 - 20 - 8) // 4
