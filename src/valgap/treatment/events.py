"""What a study tells while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.treatment.jobs import Phase, Result
from valgap.treatment.record import Treatment
from valgap.treatment.selection import Selection


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """Jobs of a phase are asked for; `scope` is 0 for the main selection, then the outer ones."""

    phase: Phase
    scope: int
    jobs: int


@dataclass(frozen=True, slots=True)
class Tried:
    """A result came; `is_kept` says that it was made by an earlier command."""

    result: Result
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A selection came to its end."""

    scope: int
    selection: Selection


@dataclass(frozen=True, slots=True)
class Ended:
    """The study is over."""

    treatment: Treatment


Event = PhaseBegan | Tried | Chosen | Ended
