"""What a log cannot tell, and which command would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from valgap.reading.direction import is_share_of_rows
from valgap.reading.records import PairReading, Reading
from valgap.reading.unclear import GAP
from valgap.wording import figure, percent, plural

RUN = "valgap run train.py"
DIAGNOSE = "valgap diagnose MODEL --train x.npz --validation v.npz"
# What a reader can do at once, with what Keras has.
BY_HAND = (
    "model.evaluate on the training rows, fed as the validation rows are: as bad as validation, "
    "and the rows are not to blame; as good as training, and the validation rows are"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is open, each with its reason, and what settles it: a command and what it does.

    `by_hand` is what a reader can do at once about a gap, None where there is none.
    """

    open: tuple[tuple[str, str], ...]
    by_hand: str | None
    settles: tuple[tuple[str, str], ...]


def limits(readings: Sequence[Reading]) -> Limits:
    """Gives back what some logs leave open, and what would settle it."""
    reasons = {why: what for reading in reversed(readings) for what, why in _open(reading)}
    found = {why: what for reading in readings for what, why in _open(reading)} | reasons
    return Limits(
        tuple((what, why) for why, what in found.items()),
        BY_HAND if any(state.unclear == GAP for r in readings for state in r.states) else None,
        (
            (RUN, "scores the training rows as validation is scored, one thing changed at a time"),
            (DIAGNOSE, "the same, where only the saved model is left"),
        ),
    )


def _open(reading: Reading) -> Iterator[tuple[str, str]]:
    by_reason: dict[str, list[str]] = {}
    for state in reading.states:
        if state.unclear:
            by_reason.setdefault(state.unclear, []).append(state.code or state.name)
    for unclear, names in by_reason.items():
        told = ", ".join(dict.fromkeys(names))
        yield f"why {told}", f"the same curve comes of {unclear}"
    if reading.pairs:
        yield (
            "the true gap",
            "a training figure is a mean over the epoch, under dropout and augmentation, while "
            "the weights move; a validation figure is not",
        )
        yield from _sampling(reading)


def _sampling(reading: Reading) -> Iterator[tuple[str, str]]:
    shares = [pair for pair in reading.pairs if is_share_of_rows(pair.course.pair.figure)]
    if shares and reading.rows is None:
        yield "sampling error", "--rows N, the number of validation rows, tells that of accuracy"
    else:
        yield "sampling error", "that of a loss takes the losses of single rows"


def sampling(pair: PairReading, rows: int) -> str | None:
    """Gives back how far a share of that many rows may be off, None of another figure."""
    if pair.interval is None:
        return None
    low, high = pair.interval
    near = sum(low <= value <= high for value in pair.course.validation)
    return (
        f"best {pair.course.pair.validation} on {plural(rows, 'row')}: 95 % interval "
        f"{figure(low, 3)} to {figure(high, 3)}; {percent(near / len(pair.course.moments))} of "
        "the epochs lie in it"
    )
