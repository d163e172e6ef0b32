"""A comparison of runs as JSON, schema version 1."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console

from valgap.comparison.records import Comparison, Effect, Side
from valgap.evidence.codec import encode
from valgap.report.json import SCHEMA_VERSION


def write(comparisons: Sequence[Comparison], console: Console) -> None:
    """Writes the comparison of the first two to a console; those with others are `further`."""
    first, *more = comparisons
    document = {
        "schema_version": SCHEMA_VERSION,
        **_one(first),
        "further": [_one(made) for made in more],
    }
    console.file.write(json.dumps(encode(document), indent=2, allow_nan=False) + "\n")


def _one(made: Comparison) -> dict[str, object]:
    return {
        "runs": [_side(made.a), _side(made.b)],
        "differences": made.differences,
        "ledgers": made.ledger,
        "effect": None if made.effect is None else _effect(made.effect),
        "answer": made.verdict.answer,
        "reason": made.verdict.reason,
        "needs": made.verdict.needs,
        "notes": made.notes,
    }


def _side(side: Side) -> dict[str, object]:
    fit = side.case.fit
    return {
        "name": side.name,
        "id": side.run.record.id,
        "path": str(side.run.path),
        "script": side.run.record.target.script,
        "fit": fit.id,
        "location": fit.location,
        "epochs": len(fit.epochs),
    }


def _effect(effect: Effect) -> dict[str, object]:
    return {
        "figure": effect.figure,
        "score": effect.score,
        "before": effect.before,
        "after": effect.after,
        "value": effect.value,
        "low": effect.low,
        "high": effect.high,
        "over": effect.over,
        "p": effect.p,
        "pairs": effect.pairs,
        "delta": effect.delta,
        "rows": effect.rows,
    }
