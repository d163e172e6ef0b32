"""What is marked in the learning curves: what happened, and nothing where training just went on."""

from __future__ import annotations

import pytest

from valgap.checks.example_case import example_case
from valgap.report.html.plots.events import events

ASKED_TWELVE = {"arguments": {"epochs": "12"}}


def told(**changes):
    return [(e.epoch, e.told) for e in events(example_case(**changes))]


def test_a_fit_that_went_on_as_asked_has_no_event():
    assert told(changes=ASKED_TWELVE) == []


@pytest.mark.parametrize(
    ("status", "words"), [("interrupted", "interrupted"), ("raised", "ended by an error")]
)
def test_a_fit_that_was_ended_is_marked_at_its_last_epoch(status, words):
    assert told(changes={"status": status, "arguments": {"epochs": "40"}}) == [(11, words)]


def test_a_callback_that_stopped_a_fit_is_marked_with_what_was_asked():
    assert told(changes={"arguments": {"epochs": "40"}}) == [(11, "stopped, of 40 asked for")]


def test_a_loss_that_is_no_number_is_marked_once():
    loss = (1.0, 0.8, *(float("nan"),) * 10)
    assert (2, "loss is no number from here on") in told(
        loss=loss, val_loss=loss, changes=ASKED_TWELVE
    )


def test_a_step_of_the_rate_is_marked_and_a_schedule_of_many_is_not():
    step = told(learning_rates=[0.1] * 6 + [0.01] * 6, changes=ASKED_TWELVE)
    assert step == [(6, "rate 0.100 to 0.0100")]
    assert told(learning_rates=[0.1 * 0.9**i for i in range(12)], changes=ASKED_TWELVE) == []


def test_the_worst_epoch_is_marked_only_after_a_better_one():
    falling = [1 - 0.05 * i for i in range(12)]
    jumps = [*falling[:8], 3.0, 0.66, 0.64, 0.62]
    bowl = [0.9, 0.8, 0.5, 0.6, 0.7, 2.0, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]
    assert told(loss=falling, val_loss=falling, changes=ASKED_TWELVE) == []
    assert (5, "worst validation") in told(loss=falling, val_loss=bowl, changes=ASKED_TWELVE)
    assert told(loss=falling, val_loss=jumps, changes=ASKED_TWELVE) == []
