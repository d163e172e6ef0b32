"""Several logs in one table, and whether their best figures differ beyond noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from valgap.reading.noise import ERRORS
from valgap.reading.records import PairReading, Reading
from valgap.wording import figure, places


@dataclass(frozen=True, slots=True)
class Row:
    """One log in a line: the figure that all have, else its own first."""

    title: str
    epochs: int
    name: str | None
    train: float | None
    validation: float | None
    best: float | None
    at: float | None
    noise: float | None
    is_higher_better: bool
    states: tuple[str, ...]


def rows_of(readings: Sequence[Reading]) -> tuple[Row, ...]:
    """Gives back a row a log, in the order given."""
    counted = Counter(pair.course.pair.figure for r in readings for pair in r.pairs[:1])
    common = counted.most_common(1)[0][0] if counted else None
    return tuple(_row(reading, common) for reading in readings)


def _row(reading: Reading, common: str | None) -> Row:
    pairs = {pair.course.pair.figure: pair for pair in reading.pairs}
    pair: PairReading | None = pairs.get(common or "", reading.main)
    states = tuple(state.code or state.name for state in reading.states)
    log = reading.log
    if pair is None:
        return Row(log.title, log.length, None, None, None, None, None, None, False, states)
    best = pair.best
    return Row(
        log.title,
        log.length,
        pair.course.pair.validation,
        pair.last.train,
        pair.last.validation,
        None if best is None else best.validation,
        None if best is None else best.at,
        pair.noise_validation,
        pair.course.better == "higher",
        states,
    )


def beyond_noise(rows: Sequence[Row]) -> tuple[str, ...]:
    """Says whether the best log is better than the next by more than noise within a fit."""
    told = [row for row in rows if row.best is not None and row.noise is not None]
    names = {row.name for row in told}
    if len(told) < 2 or len(names) > 1:
        return ()
    ordered = sorted(told, key=lambda row: row.best or 0.0, reverse=told[0].is_higher_better)
    first, second = ordered[:2]
    difference = abs((first.best or 0.0) - (second.best or 0.0))
    band = ERRORS * ((first.noise or 0.0) ** 2 + (second.noise or 0.0) ** 2) ** 0.5
    d = places([difference, band])
    side = "beyond" if difference > band else "within"
    return (
        f"best {first.name}: {first.title}, {figure(difference, d)} ahead of {second.title}, "
        f"{side} the noise of single epochs ({figure(band, d)}); seeds and validation rows move "
        "it further, which valgap compare A B measures",
    )
