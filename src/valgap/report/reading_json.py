"""What a log says, as JSON, schema version 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console

from valgap.checks.curve_trends import Trend
from valgap.evidence.codec import encode
from valgap.reading.limits import limits
from valgap.reading.records import Moment, PairReading, Reading
from valgap.report.json import SCHEMA_VERSION


def write(readings: Sequence[Reading], notes: Sequence[str], console: Console) -> None:
    """Writes the reading of some logs to a console; a number that is not finite is null."""
    found = limits(readings)
    document = {
        "schema_version": SCHEMA_VERSION,
        "logs": [_log(reading) for reading in readings],
        "cannot_tell": [{"what": what, "why": why} for what, why in found.open],
        "by_hand": found.by_hand,
        "settles": [{"command": command, "does": what} for command, what in found.settles],
        "notes": notes,
    }
    console.file.write(json.dumps(encode(document), indent=2, allow_nan=False) + "\n")


def _log(reading: Reading) -> dict[str, object]:
    log = reading.log
    return {
        "source": log.source,
        "part": log.part,
        "form": log.form,
        "unit": log.unit,
        "length": log.length,
        "planned": log.planned,
        "validation_rows": reading.rows,
        "pairs": [_pair(pair) for pair in reading.pairs],
        "states": [asdict(state) for state in reading.states],
        "alone": reading.alone,
        "notes": log.notes,
    }


def _pair(pair: PairReading) -> dict[str, object]:
    names, since, luck = pair.course.pair, pair.since_best, pair.optimism
    low, high = pair.interval or (None, None)
    return {
        "figure": names.figure,
        "train": names.train,
        "validation": names.validation,
        "better": pair.course.better,
        "points": len(pair.course.moments),
        "last": _moment(pair.last),
        "best": _moment(pair.best),
        "gap": pair.gap,
        "noise": {"train": pair.noise_train, "validation": pair.noise_validation},
        "optimism": None if luck is None else {"value": luck.value, "of": luck.epochs},
        "since_best": None
        if since is None
        else {"train": _trend(since.train), "validation": _trend(since.validation)},
        "sampling": {"low": low, "high": high},
    }


def _moment(moment: Moment | None) -> dict[str, float] | None:
    return None if moment is None else asdict(moment)


def _trend(line: Trend) -> dict[str, float]:
    return asdict(line)
