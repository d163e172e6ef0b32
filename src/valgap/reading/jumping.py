"""CUR103: a validation figure that jumps between epochs beyond its own noise."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise

from valgap.checks.curves.volatile_validation import (
    ENOUGH_JUMPS,
    FACTOR_OF_ONE,
    FIRST_EPOCHS,
    OF_THE_MEDIAN,
    OF_THE_START,
    jumps,
)
from valgap.checks.measures import usual_change
from valgap.evidence.log import Log
from valgap.reading import unclear
from valgap.reading.noise import ERRORS
from valgap.reading.records import PairReading, State
from valgap.reading.words import where
from valgap.wording import figure, places, plural

# Seven curves of ten rise or fall at most of their epochs; fewer points show nothing.
ENOUGH_POINTS = 6
_SHOWN = 12


def jumping(read: PairReading, log: Log) -> Iterator[State]:
    """Says that single epochs stand far off the running median, if they do."""
    course = read.course
    losses = course.losses(course.validation)
    if len(losses) < ENOUGH_POINTS:
        return
    if state := _never_still(read, losses):
        yield state
        return
    error = max(usual_change(losses), _of_rows(read))
    found = jumps(dict(enumerate(losses)), dict.fromkeys(range(len(losses)), error))
    largest = max(found, key=lambda jump: abs(jump.value - jump.usual), default=None)
    if largest is None or (len(found) < ENOUGH_JUMPS and largest.factor < FACTOR_OF_ONE):
        return
    name = course.pair.validation
    there = course.moments[largest.epoch]
    before = course.moments[max(0, largest.epoch - 1)].validation
    d = places([there.validation, before])
    message = (
        f"{name} jumps: {figure(there.validation, d)} at {where(log, there.at)}, "
        f"{figure(before, d)} before"
    )
    at = ", ".join(f"{course.moments[j.epoch].at:,g}" for j in found[:_SHOWN])
    more = " ..." if len(found) > _SHOWN else ""
    told = f"{plural(len(found), 'jump')}, at {log.unit} {at}{more}"
    yield State("CUR103", "volatile-validation", message, (told, *_also(read)), unclear.JUMPS)


def _never_still(read: PairReading, losses: tuple[float, ...]) -> State | None:
    """The state of a figure that jumps at most epochs, so that no single one stands apart."""
    spread = read.noise_validation
    if spread is None:
        return None
    level, start = abs(statistics.median(losses)), max(map(abs, losses[:FIRST_EPOCHS]))
    band = ERRORS * spread
    if band < max(OF_THE_MEDIAN * level, OF_THE_START * start, ERRORS * _of_rows(read)):
        return None
    name = read.course.pair.validation
    middle = statistics.median(read.course.validation)
    d = places([middle, band])
    message = f"{name} never settles: {figure(middle, d)} give or take {figure(band, d)}"
    return State("CUR103", "volatile-validation", message, _also(read), unclear.JUMPS)


def _of_rows(read: PairReading) -> float:
    """The standard error that the number of rows gives a share, 0 where it is not known."""
    return 0.0 if read.interval is None else (read.interval[1] - read.interval[0]) / 2 / ERRORS


def _also(read: PairReading) -> tuple[str, ...]:
    """Says whether training moves with it."""
    training = max((abs(b - a) for a, b in pairwise(read.course.train)), default=0.0)
    held_out = max((abs(b - a) for a, b in pairwise(read.course.validation)), default=0.0)
    names = read.course.pair
    return (
        f"largest change between two: {figure(held_out)} of {names.validation}, "
        f"{figure(training)} of {names.train}",
    )
