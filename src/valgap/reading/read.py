"""A log in, what can be said of it out."""

from __future__ import annotations

from valgap.evidence.log import Log
from valgap.reading.courses import course_of, reading_of
from valgap.reading.pairs import alone, is_held_out, pairs_of
from valgap.reading.records import PairReading, Reading, State
from valgap.reading.states import non_finite, not_learning, states_of

# More pairs than these are told of in JSON alone; states are looked for in these too.
MOST_PAIRS = 12


def read(log: Log, rows: int | None = None) -> Reading:
    """Gives back what can be said of a log.

    Args:
        log: The log.
        rows: How many validation rows its shares are of, where it does not say so itself.
    """
    rows = rows or log.rows
    pairs = tuple(
        found
        for pair in pairs_of(log)[:MOST_PAIRS]
        if (found := reading_of(course_of(log, pair), rows)) is not None
    )
    return Reading(log, rows, pairs, tuple(_states(log, pairs)), alone(log))


def _states(log: Log, pairs: tuple[PairReading, ...]) -> list[State]:
    found = list(non_finite(log))
    still = [state for name in _training_losses(log, pairs) for state in not_learning(log, name)]
    for i, pair in enumerate(pairs):
        states = list(states_of(pair, log))
        # Further figures repeat what the loss shows, unless they alone show it.
        known = {state.name for state in found} if i else set()
        found += [s for s in states if s.name not in known and not (still and s.name in _RESTING)]
    return still[:1] + found


# What a fit that has not learned anything shows besides.
_RESTING = frozenset(("plateau-without-gap", "unfinished"))


def _training_losses(log: Log, pairs: tuple[PairReading, ...]) -> list[str]:
    """Gives the one training loss: of the first pair, else the first that stands alone."""
    if pairs:
        return [pairs[0].course.pair.train] if "loss" in pairs[0].course.pair.figure else []
    return [n for n in log.figures if "loss" in n.lower() and not is_held_out(n)][:1]
