"""What a comparison of two runs says, as data that a report draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from valgap.case import Case
from valgap.evidence.account import RowName
from valgap.evidence.store import StoredRun

Part = Literal["data", "model", "compile", "fit"]
Answer = Literal["yes", "no", "cannot tell"]
Over = Literal["seeds", "seeds and rows", "rows"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not the same on both sides; None where a side does not have it."""

    part: Part
    what: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row of the ledger of the loss on both sides, each with its interval (None: unmeasured).

    `row` may also be `training` and `validation`, the logged figures at the ends.
    """

    row: RowName | Literal["training", "validation"]
    a: float | None
    b: float | None
    a_interval: tuple[float, float] | None = None
    b_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much the second is better than the first: `before` and `after`, and the difference.

    `figure` is `skill` or `loss` (with its sign turned: more is better), `score` says in
    words what it measures. The interval, of 95 %, is over what `over` says. `delta` is the
    smallest difference that matters; `rows` are the validation rows that were scored.
    """

    figure: str
    score: str
    before: float
    after: float
    value: float
    low: float | None
    high: float | None
    over: Over
    delta: float
    p: float | None = None
    pairs: int = 0
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """About how many pairs of fits, or validation rows, would settle it; None: not that."""

    pairs: int | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to whether the change helped, why, and what it takes where that is open."""

    answer: Answer
    reason: str
    needs: Needs = Needs()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs: the fit that is compared, with what was measured of it."""

    name: str
    run: StoredRun
    case: Case


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run against another."""

    a: Side
    b: Side
    differences: tuple[Difference, ...]
    ledger: tuple[LedgerLine, ...]
    effect: Effect | None
    verdict: Verdict
    notes: tuple[str, ...] = ()
