"""A run or its ledgers as a piece of HTML that leaves the page around it as it is."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from valgap.case import Case
from valgap.evidence.account import Ledger
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.ranking import stands
from valgap.registry import case_of
from valgap.report.changes import own_change
from valgap.report.ending import in_short, next_command
from valgap.report.html.plots import waterfall
from valgap.report.html.plots.apart import apart
from valgap.report.html.plots.canvas import Plot
from valgap.report.html.templates import filled
from valgap.report.html.views import Card, card_of
from valgap.report.notebook.style import narrowed_style
from valgap.wording import plural

# Cards that are open; the others stand behind a line.
_OPEN = 3


def drawn_run(run: StoredRun, diagnosis: Diagnosis) -> str:
    """Gives back verdict, the waterfall of the last epoch, and the findings as cards."""
    verdict, *sentences = in_short(diagnosis)
    found = [f for f in diagnosis.findings if stands(f)]
    opened = [f for f in found if f.severity != "note"][:_OPEN] or found[:1]
    return _filled(
        verdict=verdict,
        sentences=sentences,
        plots=_of_the_last_fit(run),
        lines=_why_none(run),
        cards=_cards(run, opened),
        rest=_cards(run, (f for f in found if f not in opened)),
        commands=[
            f"valgap view {run.record.id}",
            next_command(run, diagnosis),
        ],
    )


def drawn_ledgers(run: StoredRun, ledgers: Iterable[Ledger]) -> str:
    """Gives back the waterfalls of ledgers, or why there are none."""
    ids = {ledger.fit for ledger in ledgers}
    cases = [case_of(run, fit) for fit in run.fits if fit.id in ids]
    plots = [apart(plot, _mark()) for case in cases for plot in waterfall.draw(case)]
    lines = [line for case in cases if not case.accounts() for line in [_reason(case)]]
    return _filled(plots=plots, lines=lines)


def _filled(**values: object) -> str:
    nothing = {"verdict": "", "sentences": (), "cards": (), "rest": (), "commands": ()}
    return filled("notebook.html.j2", style=narrowed_style(), **(nothing | values))


def _of_the_last_fit(run: StoredRun) -> list[Plot]:
    """The waterfall of the last epoch of the last fit that has one."""
    for fit in reversed(run.fits):
        for plot in waterfall.draw(case_of(run, fit)):
            return [apart(plot, _mark())]
    return []


def _why_none(run: StoredRun) -> list[str]:
    cases = [case_of(run, fit) for fit in run.fits]
    if len(cases) > 1:
        return [f"{plural(len(cases), 'fit')}; the ledger drawn is of the last one that has one"]
    return [_reason(case) for case in cases if not case.accounts()]


def _reason(case: Case) -> str:
    return f"no ledger: {(case.ledger and case.ledger.unmeasured) or 'none was drawn up'}"


def _cards(run: StoredRun, findings: Iterable[Finding]) -> list[Card]:
    cards = (card_of(finding, change=own_change(run, finding)) for finding in findings)
    return [c if c.plot is None else replace(c, plot=apart(c.plot, _mark())) for c in cards]


def _mark() -> str:
    """A notebook holds the outputs of many cells: ids are of one drawing."""
    return f"v{secrets.token_hex(4)}"
