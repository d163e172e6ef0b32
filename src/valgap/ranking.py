"""The order of findings, and what a diagnosis says in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from valgap.evidence.records import Json
from valgap.finding import Finding

STANDING = ("confirmed", "suspected", "inconclusive")
_STATUS = (*STANDING, "harmless", "refuted")
_SEVERITY = ("error", "warning", "note")
HEALTHY = "CUR108"


def stands(finding: Finding) -> bool:
    """Tells whether a finding is neither refuted nor harmless."""
    return finding.status in STANDING


def faults(findings: Iterable[Finding]) -> list[Finding]:
    """Gives back the findings that speak against the run: standing errors and warnings."""
    return [f for f in findings if stands(f) and f.severity != "note"]


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Gives back the findings numbered from 1 in the order to read them.

    What stands comes before what is harmless or refuted, a cause before the state that it
    explains; then the better supported (a rival excluded), the graver and the larger.
    """
    ordered = sorted(findings, key=_key)
    states = {(f.fit, f.code) for f in ordered if f.family == "CUR"}
    return tuple(
        replace(f, rank=rank, explains=tuple(c for c in f.explains if (f.fit, c) in states))
        for rank, f in enumerate(ordered, 1)
    )


def _key(finding: Finding) -> tuple[object, ...]:
    excluded = finding.experiment.excluded if finding.experiment else ()
    return (
        not stands(finding),
        finding.family == "CUR",
        _STATUS.index(finding.status),
        _SEVERITY.index(finding.severity),
        not excluded,
        -finding.size,
        finding.code,
        finding.fit,
    )


def summary(findings: Sequence[Finding], fits: int) -> Mapping[str, Json]:
    """Gives back the verdict in one sentence, and counts of what stands.

    Args:
        findings: In order of rank.
        fits: How many fits there were.
    """
    against = faults(findings)
    counts: dict[str, Json] = {f"{s}s": sum(f.severity == s for f in against) for s in _SEVERITY}
    counts["notes"] = sum(f.severity == "note" and stands(f) for f in findings)
    for status in _STATUS:
        counts[status] = sum(f.status == status for f in findings)
    return {"verdict": _verdict(findings, fits), "fits": fits, "findings": len(findings), **counts}


def _verdict(findings: Sequence[Finding], fits: int) -> str:
    if not fits:
        return "nothing was fitted"
    told = faults(findings) or [f for f in findings if f.code == HEALTHY]
    told = told or [f for f in findings if stands(f)]
    return told[0].message if told else "nothing was found by the checks that could be made"
