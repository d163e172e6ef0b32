"""What happened at an epoch that a reader of curves looks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from valgap.case import Case, finite
from valgap.wording import figure

# A schedule that changes more often is drawn as a curve of its own, and not told step by step.
_MOST_CHANGES = 4
_ENDED = {"interrupted": "interrupted", "raised": "ended by an error"}


@dataclass(frozen=True, slots=True)
class Event:
    """An epoch, counted from 0 as in Keras' `History.epoch`, and what happened there."""

    epoch: int
    told: str


def events(case: Case) -> tuple[Event, ...]:
    """Gives back the events of a fit in their order; none where nothing but training went on."""
    found = (*_rates(case), *_worst(case), *_lost(case), *_ended(case))
    return tuple(sorted(found, key=lambda event: event.epoch))


def _rates(case: Case) -> Iterator[Event]:
    known = [(e.epoch, e.learning_rate) for e in case.fit.epochs if finite(e.learning_rate)]
    changes = [
        Event(epoch, f"rate {figure(before)} to {figure(rate)}")
        for (_, before), (epoch, rate) in pairwise(known)
        if rate != before
    ]
    if len(changes) <= _MOST_CHANGES:
        yield from changes


def _worst(case: Case) -> Iterator[Event]:
    """The worst epoch, if validation had been better before: every fit is bad at its start."""
    worst, best, last = (case.account(role) for role in ("worst", "best", "last"))
    if worst and best and last and best.epoch < worst.epoch < last.epoch:
        yield Event(worst.epoch, "worst validation")


def _lost(case: Case) -> Iterator[Event]:
    for epoch in case.fit.epochs:
        if "loss" in epoch.logs and not finite(epoch.logs["loss"]):
            yield Event(epoch.epoch, "loss is no number from here on")
            return


def _ended(case: Case) -> Iterator[Event]:
    fit = case.fit
    if not fit.epochs:
        return
    last, asked = fit.epochs[-1].epoch, fit.arguments.get("epochs", "")
    if fit.status in _ENDED:
        yield Event(last, _ENDED[fit.status])
    elif fit.status == "finished" and asked.isdecimal() and last + 1 < int(asked):
        # Only a callback ends a fit early without an error.
        yield Event(last, f"stopped, of {asked} asked for")
