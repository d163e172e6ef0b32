"""The report in full, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from valgap.case import Case
from valgap.evidence.going_on import is_going_on
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.ranking import stands
from valgap.registry import case_of
from valgap.report.blocks import add_findings
from valgap.report.ending import in_short, next_command, not_run
from valgap.report.formats import report_format
from valgap.report.heading import add_heading
from valgap.report.inputs import add_parts
from valgap.report.ledger import add_ledger
from valgap.report.page import Page
from valgap.report.places import shown_path
from valgap.report.study import add_study, worst


@report_format("full", "findings, ledger and what to do next, for reading")
def render(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Prints the report: each fit or study, then what could not be checked, then what to do."""
    page = Page.of(console)
    if not run.fits:
        page.rule("valgap")
        page.add("no call of fit was seen: there is nothing to report")
    for cases in _studies(run):
        _add(page, run, diagnosis, cases)
    _end(page, run, diagnosis)
    page.show(console)


def _studies(run: StoredRun) -> Iterator[list[Case]]:
    """The fits in their order; those of one loop together, where the first of them stands."""
    together: dict[object, list[Case]] = {}
    for fit in run.fits:
        key = fit.study if fit.study is not None else fit.id
        together.setdefault(key, []).append(case_of(run, fit))
    yield from together.values()


def _add(page: Page, run: StoredRun, diagnosis: Diagnosis, cases: list[Case]) -> None:
    case, title = cases[0], "valgap"
    if len(run.fits) > 1:
        what = "audit" if case.is_audit else "fit"
        title = f"valgap: {what} {case.fit.id + 1} of {len(run.fits)}"
    if len(cases) > 1:
        ids = [case.fit.id for case in cases]
        add_study(page, cases, [f for f in diagnosis.findings if f.fit in ids and stands(f)])
        case = worst(cases)
        title = f"fit {case.fit.id + 1}, the worst of them"
    add_heading(page, case, run.record.environment, title, is_going_on=is_going_on(run))
    add_findings(page, _of_fit(diagnosis, case))
    if not case.is_audit:
        add_ledger(page, case)
    add_parts(page, case)
    page.blank()


def _of_fit(diagnosis: Diagnosis, case: Case) -> tuple[Finding, ...]:
    return tuple(f for f in diagnosis.findings if f.fit == case.fit.id)


def _end(page: Page, run: StoredRun, diagnosis: Diagnosis) -> None:
    page.rule("in short")
    for sentence in in_short(diagnosis):
        page.hang("", sentence, "bold")
    if not is_going_on(run):
        page.add(("checks passed  ", "dim"), str(len(diagnosis.passed)))
    for i, (reason, codes) in enumerate(not_run(diagnosis)):
        label = "" if i else "not run"
        page.hang(f"{label:<15}", f"{', '.join(codes)} - {reason}")
    for hidden in diagnosis.ignored:
        page.hang("ignored        ", f"{hidden.code} ({hidden.reason}): {hidden.message}")
    for note in run.record.notes:
        page.hang("note           ", note)
    page.add(("run            ", "dim"), shown_path(run.path))
    page.add(("next           ", "dim"), (next_command(run, diagnosis), "bold"))
