"""Which figures of a log belong together: training and validation, by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from valgap.evidence.log import Log, Pair, Points

_HELD_OUT = frozenset(("val", "valid", "validation", "eval", "evaluation", "dev"))
# What many scripts validate with, for want of a split of its own.
_TEST = frozenset(("test", "testing"))
_TRAIN = frozenset(("train", "training", "tr"))
# Words that say how a figure was gathered, not which it is.
_WHEN = frozenset(("epoch", "step", "batch"))
_WORD = re.compile(r"[^\s/_.\-:|]+")
# Clocks, counters and rates, which trainers log beside the figures of both splits.
_NO_FIGURE = re.compile(
    r"(?:.*_)?(?:runtime|[a-z]+_per_(?:sec|second)|elapsed|duration|seconds|time|flos)"
    r"|global(?:_iter(?:ation)?)?|iter(?:ation)?|lr(?:_.*)?|(?:.*_)?lr|(?:.*_)?learning_rate(?:_.*)?"
)
# The loss is told first; it is what is minimised.
_FIRST = ("loss",)


def pairs_of(log: Log) -> tuple[Pair, ...]:
    """Gives back the pairs of a log, the loss first."""
    trained = _named(log, lambda words: not words & (_HELD_OUT | _TEST))
    held_out = _named(log, lambda words: bool(words & _HELD_OUT))
    held_out = {**_named(log, lambda words: bool(words & _TEST)), **held_out}
    found = (Pair(f, trained[f], name) for f, name in held_out.items() if f in trained)
    return tuple(sorted(found, key=_rank))


def alone(log: Log) -> tuple[str, ...]:
    """Gives back the losses and scores of a log that have no partner."""
    paired = {name for pair in pairs_of(log) for name in (pair.train, pair.validation)}
    stems = {pair.figure for pair in pairs_of(log)}
    return tuple(n for n in log.figures if n not in paired and figure_of(n) not in stems)


def figure_of(name: str) -> str:
    """Gives back which figure a name means, without its split: `val_loss` is `loss`."""
    words = _WORD.findall(name)
    left = [w for w in words if w.lower() not in _HELD_OUT | _TEST | _TRAIN | _WHEN]
    return "_".join(left).lower()


def is_held_out(name: str) -> bool:
    """Says whether a figure is of rows that were not trained on."""
    return bool(_words(name) & (_HELD_OUT | _TEST))


def _named(log: Log, belongs: Callable[[set[str]], bool]) -> Mapping[str, str]:
    """Gives the name of each figure on one side: that with most points, the last in a tie."""
    chosen: dict[str, str] = {}
    for name, points in log.figures.items():
        figure = figure_of(name)
        if not figure or _NO_FIGURE.fullmatch(figure) or not belongs(_words(name)):
            continue
        known = chosen.get(figure)
        if known is None or _goodness(name, points) >= _goodness(known, log.figures[known]):
            chosen[figure] = name
    return chosen


def _goodness(name: str, points: Points) -> tuple[bool, int]:
    """Ranks the names of one figure: by epoch before by step, then by the number of points."""
    return "step" not in _words(name), len(points)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _rank(pair: Pair) -> tuple[bool, bool, str]:
    return pair.figure not in _FIRST, "loss" not in pair.figure, pair.figure
