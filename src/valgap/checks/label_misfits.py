"""Labels that the loss does not mean, or that one split has otherwise than the other: DAT312."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.heads_and_targets import (
    OF_CLASSES,
    OF_NUMBERS,
    OF_ROWS,
    OF_SHARES,
    OF_SIGNS,
    Pair,
    pairs,
)
from valgap.checks.renaming import renamed
from valgap.checks.trouble import loss_was_lost
from valgap.evidence.records import Split
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected
from valgap.wording import count, figure, percent

# Numbers that one scaler made do not differ tenfold in size between two splits; a price that
# drifts does not either.
TENFOLD = 10.0
BYTE = 255.0
# Pairs of names that fit in a message.
_NAMED = 4
# Labels that `ignore_class` leaves out by custom: of text, and of pictures in bytes.
LEFT_OUT = (-1.0, BYTE)
_ROUNDING = 1e-4


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with the labels of one output: in words, in a number, and what is expected."""

    pair: Pair
    told: str
    observed: float
    expected: Expected
    split: Split
    line: str


def misfits(case: Case) -> Iterable[Misfit]:
    """Yields each output whose training labels the loss does not mean, or validation's differ."""
    held_out = {pair.head.output: pair.target for pair in pairs(case, "validation")}
    for pair in pairs(case):
        found = None if _are_left_out(case, pair) else _against_the_loss(pair)
        other = held_out.get(pair.head.output)
        if found is None and other is not None:
            found = _against_the_other(pair, other) or _renamed(case, pair, other)
        if found is not None:
            yield found


def _are_left_out(case: Case, pair: Pair) -> bool:
    """A fit that ended well on labels such as -1 has been told to leave them out."""
    went_well = case.fit.status == "finished" and not loss_was_lost(case)
    ends = (pair.target.low, pair.target.high)
    return pair.head.loss in OF_CLASSES and went_well and any(end in LEFT_OUT for end in ends)


def _against_the_loss(pair: Pair) -> Misfit | None:
    target, loss = pair.target, pair.head.loss
    low, high, bounds = target.low, target.high, _bounds(pair)
    if bounds is None or not (finite(low) and finite(high)) or target.non_finite:
        return None
    line = f"loss {loss}, {pair.units} units in {pair.head.layer}"
    if low < bounds[0] - _ROUNDING:
        expected = Expected(">=", bounds[0], f"what {loss} takes")
        return Misfit(pair, _told(low, high, bounds), low, expected, target.split, line)
    if high > bounds[1] + _ROUNDING:
        expected = Expected("<=", bounds[1], f"what {loss} takes")
        return Misfit(pair, _told(low, high, bounds), high, expected, target.split, line)
    if loss in OF_CLASSES and not target.whole_numbers:
        told = f"labels are no whole numbers: {figure(low)} to {figure(high)}"
        expected = Expected("==", float(round(high)), "classes are counted in whole numbers")
        return Misfit(pair, told, high, expected, target.split, f"{line} cuts the fraction off")
    return None


def _told(low: float, high: float, bounds: tuple[float, float]) -> str:
    takes = f"{bounds[0]:.0f} to {bounds[1]:.0f}"
    return f"labels lie in {figure(low)} to {figure(high)}, the loss takes {takes}"


def _bounds(pair: Pair) -> tuple[float, float] | None:
    """The range that labels must keep to, where the loss has one and the head suits the task.

    More classes than the head has units are a matter of the head (MOD102), and numbers under
    a loss of classes one of the loss (FIT108).
    """
    target, loss, units = pair.target, pair.head.loss, pair.units
    distinct = target.distinct or len(target.counts)
    if pair.head.task == "regression" or units is None or not distinct:
        return None
    if loss in OF_CLASSES:
        return (0.0, units - 1.0) if 1 < units >= distinct else None
    if loss in OF_ROWS:
        is_alike = units > 1 and target.shape[-1:] == pair.head.shape[-1:]
        return (0.0, 1.0) if is_alike else None
    two = distinct <= 2 or (target.low, target.high, target.whole_numbers) == (0.0, BYTE, True)
    if loss in OF_SHARES and (two or target.encoding == "flags"):
        return (0.0, 1.0)
    return (-1.0, 1.0) if loss in OF_SIGNS and two else None


def _against_the_other(pair: Pair, other: TargetRecord) -> Misfit | None:
    ours = pair.target
    if {ours.encoding, other.encoding} == {"one-hot", "classes"}:
        names = ["one-hot" if t.encoding == "one-hot" else "numbers" for t in (ours, other)]
        told = f"labels are {names[0]} in training, {names[1]} in validation"
        expected = Expected("==", 0.0, "one encoding in all splits")
        return Misfit(pair, told, 1.0, expected, "validation", _beside(ours, other))
    if pair.head.loss in OF_NUMBERS and ours.encoding == "numbers":
        return _of_another_size(pair, other)
    return _counted_otherwise(pair, other) if ours.encoding == "classes" else None


def _counted_otherwise(pair: Pair, other: TargetRecord) -> Misfit | None:
    """As many classes in both splits, but from another number on or in other steps."""
    ours = pair.target
    low, high, other_low, other_high = ours.low, ours.high, other.low, other.high
    if not (finite(low) and finite(high) and finite(other_low) and finite(other_high)):
        return None
    if ours.distinct is None or ours.distinct != other.distinct or high <= low:
        return None
    is_moved = other_low - low == other_high - high != 0
    is_stretched = (other_high - other_low) / (high - low) >= TENFOLD
    are_two = (
        ours.distinct == 2
        and (pair.units or 0) <= 2
        and (low, high)
        != (
            other_low,
            other_high,
        )
    )
    if not (is_moved or is_stretched or are_two):
        return None
    told = (
        f"labels: training {figure(low, 0)} to {figure(high, 0)}, validation "
        f"{figure(other_low, 0)} to {figure(other_high, 0)}"
    )
    expected = Expected("==", high, "the highest training label")
    return Misfit(pair, told, other_high, expected, "validation", _beside(ours, other))


def _renamed(case: Case, pair: Pair, other: TargetRecord) -> Misfit | None:
    """Validation classes that the model tells apart, each by another one's name."""
    made = next((p for p in case.predictions() if p.output == pair.head.output), None)
    names = None if made is None else renamed(made.confusion)
    if names is None:
        return None
    pairs_told = ", ".join(f"{a} as {b}" for a, b in names.pairs[:_NAMED])
    told = f"validation labels numbered otherwise: {pairs_told}"
    expected = Expected(">", names.renamed, "the share right with those names")
    line = (
        f"{percent(names.right)} of validation rows right as labelled, {percent(names.renamed)} "
        f"with classes renamed ({count(other.rows)} rows)"
    )
    return Misfit(pair, told, names.right, expected, "validation", line)


def _of_another_size(pair: Pair, other: TargetRecord) -> Misfit | None:
    """Numbers that are ten times as large, mean and spread together, in one of the splits."""
    sizes = [
        math.hypot(t.mean, t.std)
        for t in (pair.target, other)
        if finite(t.mean) and finite(t.std) and t.std > 0
    ]
    if len(sizes) < 2 or min(sizes) <= 0:
        return None
    ratio = max(sizes) / min(sizes)
    if not (finite(ratio) and ratio >= TENFOLD):
        return None
    told = f"targets of one split are {figure(ratio)} times as large as the other's"
    expected = Expected("<", TENFOLD, "what one scaler makes of two splits of one source")
    return Misfit(pair, told, ratio, expected, "validation", _beside(pair.target, other))


def _beside(ours: TargetRecord, other: TargetRecord) -> str:
    told = (
        f"{t.split}: {t.encoding} of shape {t.shape}, {figure(t.low)} to {figure(t.high)}, mean "
        f"{figure(t.mean)} ({count(t.rows)} rows)"
        for t in (ours, other)
    )
    return "; ".join(told)
