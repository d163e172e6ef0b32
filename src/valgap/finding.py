"""What checks give back: findings, verdicts, and the diagnosis that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from valgap.evidence.records import Json, Location

Severity = Literal["error", "warning", "note"]
Status = Literal["suspected", "confirmed", "refuted", "harmless", "inconclusive"]
Family = Literal["DAT", "MOD", "FIT", "EVL", "CUR"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a finding is about, where it is not the whole fit."""

    layer: str | None = None
    rows: int | None = None
    class_name: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """The measured value, apart from the threshold that judges it."""

    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """The threshold and where it comes from."""

    op: Literal["<", "<=", ">", ">=", "=="]
    value: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """A controlled comparison: one thing varied, the rest held.

    Without training `pairs` counts rows and the effect is the figure with the cause less
    without it; of `fits` it counts pairs of fits, and the effect is what taking the cause
    away brings. `figure` is what it is an effect on: skill (0 chance, 1 perfect) or loss (a fall
    counts as positive); `before` and `after` are its means, `delta` the smallest difference
    that matters, `p` that of the sign-flip test, `proxy` how the fits were shortened, `reason` the
    verdict in words.
    """

    name: str
    varied: str
    held: str
    pairs: int | None
    effect: float | None
    low: float | None
    high: float | None
    seconds: float
    excluded: tuple[str, ...] = ()
    of: Literal["rows", "fits"] = "rows"
    figure: str | None = None
    before: float | None = None
    after: float | None = None
    delta: float | None = None
    p: float | None = None
    proxy: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault found. `message` is one sentence under 80 characters with the number.

    `evidence` holds further lines for the full report, each a measured fact; `size` is the
    effect as a share of the gap or figure, and only orders findings of equal support.
    `known` findings stood in the baseline already.
    """

    code: str
    name: str
    family: Family
    severity: Severity
    status: Status
    message: str
    observed: Observed
    expected: Expected
    fit: int = 0
    rank: int = 0
    size: float = 0.0
    location: Location | None = None
    scope: Scope = field(default_factory=Scope)
    experiment: Experiment | None = None
    evidence: tuple[str, ...] = ()
    help: str = ""
    remedies: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True)
class NotRun:
    """A check that could not be made, and why; `detail` holds a traceback if it crashed."""

    code: str
    reason: str
    detail: str | None = None
    fit: int = 0


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that stands but was not to be told, and the reason given for that."""

    code: str
    message: str
    reason: str
    fit: int = 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The outcome of all checks on a run, findings in order of rank."""

    findings: tuple[Finding, ...] = ()
    passed: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    summary: Mapping[str, Json] = field(default_factory=dict)
