"""Findings as blocks of lines, in the form that compilers made familiar."""

from __future__ import annotations

from valgap.case import finite
from valgap.finding import Experiment, Finding
from valgap.ranking import causes
from valgap.report.page import Page
from valgap.report.places import shown_location
from valgap.wording import count, figure, places, signed

IN_FULL = 5
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_DOUBTS = {
    "suspected": "the evidence points to it; nothing was varied to prove it",
    "inconclusive": "the interval holds an effect that matters and none",
    "harmless": "the fact is there; it changes nothing that matters in this run",
    "refuted": "the effect it would have is excluded",
}


def add_findings(page: Page, findings: tuple[Finding, ...]) -> None:
    """Adds findings in order of rank: five at most in full, the rest in a line each.

    In full are those that no other explains: the states and symptoms of a cause say little new.
    """
    full = [f for f in causes(findings) if not f.known][:IN_FULL]
    for finding in full:
        _in_full(page, finding)
        page.blank()
    for finding in findings:
        if finding not in full:
            _headline(page, finding)
    page.blank()


def _headline(page: Page, finding: Finding) -> None:
    told = ([] if finding.status == "confirmed" else [finding.status]) + ["known"] * finding.known
    doubt = f" ({', '.join(told)})" if told else ""
    style = _STYLES[finding.severity]
    page.add((f"{finding.severity}[{finding.code}]", style), (f" {finding.message}{doubt}", "bold"))


def _in_full(page: Page, finding: Finding) -> None:
    _headline(page, finding)
    if place := _place(finding):
        page.add(("  --> ", "dim"), place)
    for label, text in _facts(finding):
        page.hang(f"   |  {label:<12} ", text, rest=f"   |  {'':<12} ")
    if finding.help:
        page.hang("   help: ", finding.help)


def _place(finding: Finding) -> str:
    call = finding.location.call if finding.location else ""
    named = ", ".join(part for part in (call, finding.scope.layer) if part)
    return "  ".join(part for part in (shown_location(finding.location), named) if part)


def _facts(finding: Finding) -> list[tuple[str, str]]:
    told = finding.evidence or (_observed(finding),)
    facts = [("observed" if i == 0 else "", text) for i, text in enumerate(told)]
    if finding.experiment:
        facts.append((finding.status, _experiment(finding.experiment)))
    elif finding.status in _DOUBTS:
        facts.append((finding.status, _DOUBTS[finding.status]))
    if finding.explains:
        facts.append(("explains", ", ".join(finding.explains)))
    return facts


def _observed(finding: Finding) -> str:
    seen = finding.observed
    rows = f", {count(seen.n)} rows" if seen.n else ""
    return f"{seen.unit} {figure(seen.value)}{_interval(seen.low, seen.high)}{rows}"


def _experiment(made: Experiment) -> str:
    unit = "rows" if made.of == "rows" else "pairs of fits"
    rows = f"{count(made.pairs)} {unit}, " if made.pairs else ""
    decimals = places([made.effect])
    difference = f"{rows}difference {signed(made.effect, decimals)}"
    excluded = f"; {', '.join(made.excluded)} excluded" if made.excluded else ""
    held = f"{made.name}, {made.held} held" if made.of == "rows" else made.name
    return f"{held} ({difference}{_interval(made.low, made.high, decimals)}){excluded}"


def _interval(low: float | None, high: float | None, decimals: int | None = None) -> str:
    if not (finite(low) and finite(high)):
        return ""
    return f", 95 % interval {signed(low, decimals)} to {signed(high, decimals)}"
