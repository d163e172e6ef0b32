"""The fit that a change of source is about."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.evidence.records import FitRecord


@dataclass(frozen=True, slots=True)
class Subject:
    """A recorded fit, the layer that the finding names, and how many classes its rows have."""

    fit: FitRecord
    layer: str | None = None
    classes: int | None = None
