"""What experiments said of findings, kept beside the fit that they are about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from valgap.errors import RunUnreadableError
from valgap.evidence.codec import decode, encode
from valgap.evidence.writer import write_json

_FILE = "verdicts.json"
VerdictStatus = Literal["confirmed", "refuted", "harmless", "inconclusive"]


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """One finding put to the test: effect = with the cause taken away, less with it.

    `figure` is skill (0 chance, 1 perfect) or loss (of which a fall counts as positive);
    `before` and `after` are its means on both sides, `delta` the smallest difference that
    matters, `deficit` what there was to be had. `excluded` are experiments on rival causes
    that make up less than half of it. `proxy` says how the fits were shortened, if they were.
    """

    fit: int
    code: str
    layer: str | None
    experiment: str
    option: str
    varied: str
    held: str
    status: VerdictStatus
    reason: str
    figure: str = "skill"
    pairs: int = 0
    before: float | None = None
    after: float | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    delta: float | None = None
    deficit: float | None = None
    excluded: tuple[str, ...] = ()
    seconds: float = 0.0
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All verdicts on one fit."""

    fit: int
    records: tuple[VerdictRecord, ...] = ()


def write_verdicts(folder: Path, fit: int, records: Sequence[VerdictRecord]) -> None:
    """Puts the verdicts on a fit in the place of earlier ones, at one stroke.

    Raises:
        OSError: If they cannot be written.
    """
    write_json(folder / _FILE, encode(Verdicts(fit, tuple(records))))


def read_verdicts(folder: Path) -> tuple[VerdictRecord, ...]:
    """Gives back the verdicts on a fit; none where there are none, or they cannot be read."""
    try:
        value: object = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return decode(Verdicts, value).records
    except (OSError, ValueError, RecursionError, RunUnreadableError):
        return ()


def merged(
    before: Sequence[VerdictRecord], new: Sequence[VerdictRecord]
) -> tuple[VerdictRecord, ...]:
    """Gives back both, of two on the same finding the new one."""
    replaced = {(v.fit, v.code, v.layer) for v in new}
    return (*(v for v in before if (v.fit, v.code, v.layer) not in replaced), *new)
