"""The order of findings, and what a diagnosis says in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from valgap.evidence.records import Json
from valgap.finding import Finding

STANDING = ("confirmed", "suspected", "inconclusive")
_STATUS = (*STANDING, "harmless", "refuted")
_SEVERITY = ("error", "warning", "note")
HEALTHY = "CUR108"
# What most causes lead to, and none of them is told by: these stand behind any cause.
SYMPTOMS = ("EVL102", "EVL109")
# Families of causes; figures (EVL) and states (CUR) are shown for what they are.
CAUSES = ("DAT", "MOD", "FIT")
# A limit of what can be measured is sure, and yet no surer cause than a grave one suspected.
LIMITS = ("EVL101",)
# Of notes, those that say how the figures are to be read come first.
OPENING = (HEALTHY, "EVL104")


def stands(finding: Finding) -> bool:
    """Tells whether a finding is neither refuted nor harmless."""
    return finding.status in STANDING


def identity(finding: Finding) -> tuple[str, ...]:
    """Gives back what a finding is known by in another run: code, file, call and scope.

    Lines are left out, as they move whenever the script is edited.
    """
    place, scope = finding.location, finding.scope
    file = PurePath(place.file).name if place else ""
    call = place.call if place else ""
    return (finding.code, file, call, scope.layer or "", scope.class_name or scope.group or "")


def faults(findings: Iterable[Finding]) -> list[Finding]:
    """Gives back the findings that speak against the run: standing errors and warnings."""
    return [f for f in findings if stands(f) and f.severity != "note"]


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Gives back the findings numbered from 1 in the order to read them.

    What stands comes before what is harmless or refuted, a cause before what it explains,
    be that a state of the curves or the symptom of another check; then the better supported
    (a rival excluded), the graver and the larger. What a confirmed error explains is no fault
    of its own but a consequence: a note.
    """
    found = list(findings)
    ordered = _causes_first(sorted((_as_consequence(f, found) for f in found), key=_key))
    there = {(f.fit, f.code) for f in ordered if stands(f)}
    return tuple(
        replace(f, rank=rank, explains=tuple(c for c in f.explains if (f.fit, c) in there))
        for rank, f in enumerate(ordered, 1)
    )


def _as_consequence(finding: Finding, findings: Iterable[Finding]) -> Finding:
    """Gives back a note in place of a fault that follows from another, with the words for it."""
    if finding.severity == "note" or finding.family not in CAUSES:
        return finding
    causes = (f for f in findings if f.severity == "error" and f.status == "confirmed")
    cause = next((f for f in causes if _explains(f, finding) and not _explains(finding, f)), None)
    if cause is None:
        return finding
    line = f"follows from {cause.code}: see what is left of it once that is mended"
    return replace(finding, severity="note", evidence=(*finding.evidence, line))


def _causes_first(ordered: list[Finding]) -> list[Finding]:
    """Moves each finding behind those that explain it; the order is kept where it can be."""
    left, placed = list(ordered), list[Finding]()
    while left:
        free = (f for f in left if not any(_explains(other, f) for other in left))
        # Findings that explain one another in a ring have no first: the better supported is.
        chosen = next(free, left[0])
        left.remove(chosen)
        placed.append(chosen)
    return placed


def _explains(cause: Finding, found: Finding) -> bool:
    """Whether a standing fault, no mere note, says that it explains another finding."""
    if cause is found or cause.fit != found.fit or not stands(cause):
        return False
    return cause.severity != "note" and stands(found) and found.code in cause.explains


def causes(findings: Iterable[Finding]) -> list[Finding]:
    """Gives back what stands and no other standing fault explains, in the same order."""
    found = list(findings)
    return [f for f in found if stands(f) and not any(_explains(other, f) for other in found)]


def _key(finding: Finding) -> tuple[object, ...]:
    excluded = finding.experiment.excluded if finding.experiment else ()
    return (
        not stands(finding),
        finding.known,
        finding.family == "CUR" and finding.code != HEALTHY,
        finding.severity == "note",
        finding.code not in OPENING,
        finding.code in SYMPTOMS,
        max(_STATUS.index(finding.status), finding.code in LIMITS),
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
