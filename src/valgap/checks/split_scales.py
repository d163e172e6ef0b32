"""How the inputs of the two splits differ in scale: DAT302, and its rival DAT303."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from valgap.case import Case, finite
from valgap.evidence.rows import InputRecord, TargetRecord

# The spread of a split is known to 1 / sqrt(2 n) of itself (normal rows); four such errors.
ERRORS = 4.0
# Pictures keep their blackest and whitest points whatever they show: half as much spread again
# together with a quarter of the range is no matter of what is on them.
OF_PICTURES, OF_THE_RANGE = 1.5, 0.25
# Tables of one source do not treble the spread of most features, nor move most by two spreads.
OF_TABLES, SHIFT_OF_TABLES = 3.0, 2.0
# A series can drift far by itself: only an order of magnitude is no drift.
OF_SERIES = 10.0
# What tells the splits apart once each was standardised by itself: hardly anything.
TOLD_APART = 0.6
# A scale that takes away more than half of it is the better part of the difference.
HALF = 0.5
# Fewer features than these make no majority.
FEATURES = 3
# Splits of other classes, as of sorted rows, differ in their inputs too: a quarter of the rows
# of another class, or numbers whose mean lies a spread off.
OTHER_CLASSES, OTHER_NUMBERS = 0.25, 1.0

Moments: TypeAlias = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Scales:
    """One input of both splits: spread of validation over that of training, and shift.

    `shift` is the distance of the means in spreads of training; both are medians over
    features where there are any. `low` and `high` are those of validation. With `fed` it is
    validation rows as the script feeds them beside the same rows clean.
    """

    train: InputRecord
    validation: InputRecord
    factor: float
    shift: float
    low: float | None
    high: float | None
    fed: bool = False

    @property
    def off(self) -> float:
        """The factor between the spreads, the larger over the smaller."""
        return max(self.factor, 1 / self.factor)


def differing_scales(case: Case) -> tuple[Scales, ...]:
    """Gives back the inputs whose splits are scaled differently, beyond sampling and drift."""
    return tuple(scales for scales in _scales(case) if _differ(case, scales))


def _scales(case: Case) -> Iterator[Scales]:
    held_out = {i.name: i for i in case.inputs("validation")}
    data = case.fit.validation
    is_plain = data is not None and data.transforms == "none"
    for train in case.inputs("train"):
        validation = held_out.get(train.name)
        if validation is not None and train.shape[-1:] == validation.shape[-1:]:
            yield from _of_clean(train, validation)
            if is_plain:  # random transforms change it too: EVL103 speaks of those
                yield from _of_fed(train, validation)


def _of_clean(train: InputRecord, validation: InputRecord) -> Iterator[Scales]:
    whole: Moments = (train.mean, train.std)
    pairs = _features(train, validation) or [(whole, (validation.mean, validation.std))]
    known = [told for a, b in pairs if (told := _compared(a, b)) is not None]
    if known:
        factor = math.exp(statistics.median(math.log(f) for f, _ in known))
        shift = statistics.median(s for _, s in known)
        yield Scales(train, validation, factor, shift, validation.low, validation.high)


def _of_fed(train: InputRecord, validation: InputRecord) -> Iterator[Scales]:
    clean, fed = (validation.mean, validation.std), (validation.fed_mean, validation.fed_std)
    if (told := _compared(clean, fed)) is not None:
        yield Scales(train, validation, *told, validation.fed_low, validation.fed_high, fed=True)


def _features(train: InputRecord, validation: InputRecord) -> list[tuple[Moments, Moments]]:
    ours = list(zip(train.feature_mean, train.feature_std, strict=False))
    other = list(zip(validation.feature_mean, validation.feature_std, strict=False))
    return list(zip(ours, other, strict=True)) if len(ours) == len(other) else []


def _compared(ours: Moments, other: Moments) -> tuple[float, float] | None:
    """The factor between two spreads, and the distance of the means in the first."""
    (mean, std), (other_mean, other_std) = ours, other
    if not (finite(mean) and finite(std) and finite(other_mean) and finite(other_std)):
        return None
    if std <= 0 or other_std <= 0:
        return None
    factor, shift = other_std / std, abs(other_mean - mean) / std
    return (factor, shift) if factor > 0 and finite(1 / factor) and finite(shift) else None


def _differ(case: Case, scales: Scales) -> bool:
    rows = min(scales.train.rows, scales.validation.rows)
    if rows < 2:
        return False
    off = scales.off if scales.off > math.exp(ERRORS / math.sqrt(2 * (rows - 1))) else 1.0
    if off >= OF_SERIES or scales.train.kind not in ("image", "frames", "table"):
        return off >= OF_SERIES
    if _targets_differ(case) and not scales.fed:
        return False
    if scales.train.kind == "table":
        return _tables_differ(case, scales, off)
    return _pictures_differ(scales, off)


def _targets_differ(case: Case) -> bool:
    """Whether the splits hold other targets, which other inputs may well go with."""
    held_out = {t.name: t for t in case.targets("validation")}
    pairs = ((t, held_out[t.name]) for t in case.targets() if t.name in held_out)
    return any(_of_another_mix(ours, other) for ours, other in pairs)


def _of_another_mix(ours: TargetRecord, other: TargetRecord) -> bool:
    if ours.counts and other.counts:
        n, m = sum(ours.counts.values()) or 1, sum(other.counts.values()) or 1
        names = {*ours.counts, *other.counts}
        off = (abs(ours.counts.get(k, 0) / n - other.counts.get(k, 0) / m) for k in names)
        return math.fsum(off) / 2 > OTHER_CLASSES
    moments = _compared((ours.mean, ours.std), (other.mean, other.std))
    return ours.encoding == "numbers" and moments is not None and moments[1] > OTHER_NUMBERS


def _pictures_differ(scales: Scales, off: float) -> bool:
    low, high, other_low, other_high = scales.train.low, scales.train.high, scales.low, scales.high
    if not (finite(low) and finite(high) and finite(other_low) and finite(other_high)):
        return False
    moved = max(abs(other_low - low), abs(other_high - high))
    differs = off >= OF_PICTURES or scales.shift >= 1.0
    return differs and moved > OF_THE_RANGE * max(high - low, other_high - other_low)


def _tables_differ(case: Case, scales: Scales, off: float) -> bool:
    if len(scales.train.feature_std) < FEATURES or _stay_apart(case):
        return False
    return off >= OF_TABLES or scales.shift >= SHIFT_OF_TABLES


def _stay_apart(case: Case) -> bool:
    """Whether the splits can be told apart nearly as well when each is standardised by itself."""
    drift = case.rows.drift if case.rows else None
    left = drift.standardised if drift else None
    if drift is None or left is None or not finite(left.value) or not finite(left.low):
        return False
    is_most = left.value - 0.5 > HALF * (drift.auc.value - 0.5)
    return is_most and left.value > TOLD_APART and left.low > 0.5
