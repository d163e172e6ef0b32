"""What the curves of a log show: states, each with its numbers, never a cause."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

from valgap.checks.curve_trends import ENOUGH_POINTS, RARE, SEEN
from valgap.checks.curves.validation_better_than_training import OF_THE_LOSS
from valgap.checks.curves.validation_better_than_training import OF_THE_START as BETTER_OF_START
from valgap.checks.curves.validation_diverges import CLIMBED, OF_THE_START
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.evidence.log import Log
from valgap.reading import unclear
from valgap.reading.jumping import jumping
from valgap.reading.noise import ERRORS
from valgap.reading.records import PairReading, State, finite_points
from valgap.reading.trends import at_rest, trend
from valgap.reading.words import chance, since_best, where
from valgap.wording import figure, places, plural, signed

# The end of a curve is the median of its last epochs: one of them may be a jump.
_AT_THE_END = 5
# The catalogue's code of a loss that is no number.
NON_FINITE = "FIT112"


def states_of(read: PairReading, log: Log) -> Iterator[State]:
    """Gives the states of one pair, those that say most first."""
    if read.course.better is None:
        return
    if is_constant(read):
        # Nothing is odd about answers that are all right.
        if any(read.course.losses(read.course.validation)):
            yield _constant(read, log)
        return
    yield from jumping(read, log)
    rise = list(_rises(read, log))
    yield from rise or _gap(read, log)
    yield from _better_than_training(read, log)
    if not rise:
        yield from _plateau(read, log)
        yield from _unfinished(read, log)


def non_finite(log: Log) -> Iterator[State]:
    """Gives the losses of a log that became NaN or infinite, with the first place of each."""
    for name, points in log.figures.items():
        lost = [at for at, value in points if not math.isfinite(value)]
        if not lost or "loss" not in name.lower():
            continue
        before = [value for at, value in points if at < lost[0]]
        told = [f"{name} one {log.unit} before: {figure(before[-1])}"] if before else []
        message = f"{name} is NaN or infinite at {where(log, lost[0])}"
        counted = f"at {plural(len(lost), log.unit)} of {len(points):,}"
        evidence = (counted, *told)
        yield State(NON_FINITE, "loss-became-non-finite", message, evidence, unclear.NON_FINITE)


def not_learning(log: Log, name: str) -> Iterator[State]:
    """Says of a training loss that it has not fallen since the second epoch.

    The first is left out: it holds the way to the best constant answer, and is looked at
    alone: a fit that came far in it has learned.
    """
    first, *values = [value for _, value in finite_points(log.figures[name])] or [0.0]
    line = trend(values)
    if line is None or line.points < ENOUGH_POINTS:
        return
    end = statistics.median(values[-_AT_THE_END:])
    has_fallen = values[0] - end > DELTA_OF_LOSS * abs(values[0]) or first - end > CLIMBED * first
    if has_fallen or -line.change > DELTA_OF_LOSS * abs(line.first):
        return
    d = places([values[0], values[-1]])
    message = (
        f"{name} does not fall: {figure(values[0], d)} at the second {log.unit}, "
        f"{figure(values[-1], d)} at the last"
    )
    trend_of = f"{name} {signed(line.change)} over {plural(line.points, log.unit)}"
    evidence = (f"{trend_of} ({chance(line.falls)} to fall so)", *_coin(values[-1]))
    yield State("CUR106", "not-learning", message, evidence, unclear.STILL)


def _coin(loss: float) -> tuple[str, ...]:
    """Names the number of classes whose even guess scores such a cross-entropy."""
    classes = next((k for k in range(2, 11) if abs(loss - math.log(k)) < 0.01 * math.log(k)), None)
    if classes is None:
        return ()
    return (f"{figure(math.log(classes))} is ln {classes}, what a guess among {classes} scores",)


def is_constant(read: PairReading) -> bool:
    """Says whether the validation figure is the same at every epoch, while training moves."""
    values = read.course.validation
    return (
        len(values) >= ENOUGH_POINTS and len(set(values)) == 1 and len(set(read.course.train)) > 1
    )


def _constant(read: PairReading, log: Log) -> State:
    name = read.course.pair.validation
    message = f"{name} is {figure(read.last.validation, 4)} at every {log.unit}"
    told = f"{plural(len(read.course.moments), log.unit)}, all the same; training moves"
    return State(None, "constant", message, (told,), unclear.CONSTANT)


def _rises(read: PairReading, log: Log) -> Iterator[State]:
    """CUR105: validation grows worse with a trend since its best while training improves."""
    since, best = read.since_best, read.best
    if since is None or best is None:
        return
    losses = read.course.losses
    lowest, worse = losses((best.validation,))[0], losses((since.validation.last,))[0]
    start = abs(losses(read.course.validation[:1])[0])
    size, enough = worse - lowest, max(CLIMBED * abs(lowest), OF_THE_START * start)
    is_score = read.course.better == "higher"
    rising = since.validation.falls if is_score else since.validation.rises
    falling = since.train.rises if is_score else since.train.falls
    if rising >= RARE or falling >= SEEN or size < max(enough, _noise(read)):
        return
    name, train = read.course.pair.validation, read.course.pair.train
    verb = "falls" if is_score else "rises"
    d = places([best.validation, since.validation.last])
    message = (
        f"{name} {verb} from {figure(best.validation, d)} to {figure(since.validation.last, d)} "
        f"since {where(log, best.at)}, {train} improves"
    )
    met = [m for m in read.course.moments if m.at > best.at]
    meanwhile = f"{train} meanwhile {figure(met[0].train)} to {figure(met[-1].train)}"
    evidence = (since_best(read, log) or "", meanwhile)
    yield State("CUR105", "validation-diverges", message, evidence, unclear.GAP)


def _gap(read: PairReading, log: Log) -> Iterator[State]:
    """A gap at the end that matters, whether it grew or stood from the start."""
    course = read.course
    train, validation = (course.losses(v) for v in (course.train, course.validation))
    gaps = [b - a for a, b in zip(train, validation, strict=True)]
    end = statistics.median(gaps[-_AT_THE_END:])
    low = statistics.median(validation[-_AT_THE_END:])
    enough = max(CLIMBED * abs(low), OF_THE_START * abs(train[0]), _noise(read))
    if len(gaps) < ENOUGH_POINTS or end < enough:
        return
    line = trend(gaps)
    grows = line is not None and line.rises < RARE and line.change > DELTA_OF_LOSS * abs(low)
    a, b = (statistics.median(v[-_AT_THE_END:]) for v in (course.train, course.validation))
    d = places([a, b])
    message = f"gap: {course.pair.train} {figure(a, d)}, {course.pair.validation} {figure(b, d)}"
    how = f"it {'grows' if grows else 'does not grow with a trend'}: from {figure(gaps[0])} at "
    told = f"{how}{where(log, course.moments[0].at)} to {figure(end)} over the last epochs"
    first = read.best is not None and read.best.at == course.moments[0].at
    never = [f"{course.pair.validation} is never better than at the first {log.unit}"]
    yield State(None, "gap", message, (told, *(never if first else [])), unclear.GAP)


def _better_than_training(read: PairReading, log: Log) -> Iterator[State]:
    """CUR107: validation better than training in all of the last third."""
    course = read.course
    train, validation = (course.losses(v) for v in (course.train, course.validation))
    third = max(1, len(train) // 3)
    below = [a - b for a, b in zip(train, validation, strict=True)][-third:]
    start = max(abs(train[0]), abs(validation[0]))
    a, b = (statistics.median(v[-third:]) for v in (course.train, course.validation))
    usual = abs(statistics.median(train[-third:]))
    enough = max(OF_THE_LOSS * usual, BETTER_OF_START * start, _noise(read), 1e-12)
    if len(train) < ENOUGH_POINTS or min(below) <= 0 or statistics.median(below) < enough:
        return
    d = places([a, b])
    message = (
        f"validation better than training: {course.pair.validation} {figure(b, d)}, "
        f"{course.pair.train} {figure(a, d)}"
    )
    told = f"at all of the last {plural(third, log.unit)}"
    yield State("CUR107", "validation-better-than-training", message, (told,), unclear.BETTER)


def _plateau(read: PairReading, log: Log) -> Iterator[State]:
    """CUR104: both at rest and close together."""
    course = read.course
    lines = [at_rest(course.losses(v)) for v in (course.train, course.validation)]
    if any(line is None for line in lines) or course.pair.figure != "loss":
        return
    a, b = (statistics.median(v[-_AT_THE_END:]) for v in (course.train, course.validation))
    if abs(b - a) > max(OF_THE_LOSS * abs(b), _noise(read)):
        return
    d = places([a, b])
    half = len(course.moments) // 2
    message = f"both at rest side by side: {course.pair.train} {figure(a, d)}, " + (
        f"{course.pair.validation} {figure(b, d)}"
    )
    told = f"neither moved by 5 % since {where(log, course.moments[half].at)}"
    yield State("CUR104", "plateau-without-gap", message, (told,), unclear.FLAT)


def _unfinished(read: PairReading, log: Log) -> Iterator[State]:
    """Validation still improves with a trend at the end."""
    course = read.course
    values = course.losses(course.validation)
    line = trend(values[len(values) // 2 :])
    if line is None or line.points < ENOUGH_POINTS or line.falls >= RARE or line.is_flat:
        return
    change = -line.change if course.better == "higher" else line.change
    told = f"{signed(change)} over the last {plural(line.points, log.unit)}"
    message = f"{course.pair.validation} still improves at the last {log.unit}"
    yield State(None, "unfinished", message, (f"{told} ({chance(line.falls)})",))


def _noise(read: PairReading) -> float:
    """Twice the spread of the validation figure, and what its rows leave open."""
    spread = ERRORS * (read.noise_validation or 0.0)
    if read.interval is None or read.best is None:
        return spread
    low, high = read.interval
    return max(spread, read.best.validation - low, high - read.best.validation)
