"""From the points of a log to what is said of a pair in numbers."""

from __future__ import annotations

import math

from valgap.checks.curve_trends import ENOUGH_POINTS
from valgap.evidence.directions import direction
from valgap.evidence.log import Log, Pair, Points
from valgap.reading.direction import is_share_of_rows
from valgap.reading.noise import noise, optimism, share_interval
from valgap.reading.records import Course, Moment, PairReading, SinceBest, finite_points
from valgap.reading.trends import trend


def course_of(log: Log, pair: Pair) -> Course:
    """Gives back both figures of a pair, side by side."""
    train, validation = log.figures[pair.train], log.figures[pair.validation]
    return Course(pair, direction(pair.figure), tuple(_moments(train, validation)))


def _moments(train: Points, validation: Points) -> list[Moment]:
    """Gives what both say at each validation: as logged there, or the mean since the last."""
    there = dict(train)
    steps = finite_points(train)
    made, i, before = [], 0, math.nan
    for at, value in finite_points(validation):
        since = []
        while i < len(steps) and steps[i][0] <= at:
            since.append(steps[i][1])
            i += 1
        before = math.fsum(since) / len(since) if since else before
        # A training figure that is NaN at this very place is no mean of those before it.
        met = there.get(at, before)
        if math.isfinite(met):
            made.append(Moment(at, before if len(since) > 1 else met, value))
    return made


def reading_of(course: Course, rows: int | None) -> PairReading | None:
    """Gives back what is said of a course, or None where both are never finite."""
    if not course.moments:
        return None
    noisy, spread = noise(course.train), noise(course.validation)
    last = course.moments[-1]
    if course.better is None:
        return PairReading(course, last, None, noisy, spread)
    losses = course.losses(course.validation)
    best = min(range(len(losses)), key=lambda i: losses[i])
    luck = None if spread is None else optimism(losses, spread)
    moment = course.moments[best]
    return PairReading(
        course,
        last,
        moment,
        noisy,
        spread,
        luck,
        _since(course, best),
        _interval(course, moment.validation, rows) if rows else None,
    )


def _interval(course: Course, best: float, rows: int) -> tuple[float, float] | None:
    """Gives the interval of a share of rows in its own unit, None of any other figure."""
    if not is_share_of_rows(course.pair.figure) or not course.top:
        return None
    low, high = share_interval(best / course.top, rows)
    return course.top * low, course.top * high


def _since(course: Course, best: int) -> SinceBest | None:
    # The best epoch itself is left out: it was chosen for being low.
    after = slice(best + 1, None)
    train, validation = trend(course.train[after]), trend(course.validation[after])
    if train is None or validation is None or validation.points < ENOUGH_POINTS:
        return None
    return SinceBest(train, validation)
