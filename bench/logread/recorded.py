"""Histories of real fits with a planted cause, from folders that bench/diagnosis.py kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from diagnosis.truth import TRUTHS

from logread.made import Curves

# Which of the causes in question a code of the catalogue is; any other is left out.
CAUSES = {
    "validation pipeline": "DAT302 EVL103",
    "batch norm": "MOD106 MOD107",
    "shift": "DAT303 DAT204 DAT203",
    "pairing": "DAT209 DAT208",
    "dropout": "MOD109 MOD108 MOD127",
    "true overfitting": "DAT206 MOD105 FIT113 DAT207",
}


def cause_of(case: str) -> str | None:
    """Gives the cause of a case of bench/diagnosis.py by its truth."""
    truth = TRUTHS.get(case)
    if truth is None:
        return None
    if not truth.true:
        return "healthy" if truth.set == "healthy" else None
    return next((c for c, codes in CAUSES.items() if truth.true & set(codes.split())), None)


def recorded(folder: Path) -> Iterator[tuple[str, str, Curves]]:
    """Gives cause, name and curves of every run whose cause is one of those in question."""
    for path in sorted(folder.glob("*/report.json")):
        name = path.parent.name
        cause = cause_of(name.rpartition("-")[0])
        fits = json.loads(path.read_text(encoding="utf-8"))["fits"]
        history = fits[-1]["history"] if fits else {}
        if cause is None or "val_loss" not in history:
            continue
        yield cause, name, {n: np.array(v, dtype=float) for n, v in sorted(history.items())}
