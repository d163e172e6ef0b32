"""The report as Markdown, for an issue or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Console

from valgap.case import Case, finite
from valgap.evidence.going_on import is_going_on
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Finding
from valgap.ranking import stands
from valgap.registry import case_of
from valgap.report.changes import own_change
from valgap.report.ending import in_short, next_command, not_run
from valgap.report.formats import report_format
from valgap.report.heading import audit_rows, audit_title
from valgap.report.places import shown_location
from valgap.wording import count, figure, places, plural, shown_epoch, signed


@report_format("markdown", "for an issue or a pull request")
def write(run: StoredRun, diagnosis: Diagnosis, console: Console) -> None:
    """Writes the report to a console; what is not ASCII is written as character references."""
    text = "\n\n".join(_parts(run, diagnosis)) + "\n"
    console.file.write(text.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def _parts(run: StoredRun, diagnosis: Diagnosis) -> Iterator[str]:
    first, *others = in_short(diagnosis)
    yield f"## valgap: {escaped(first)}"
    yield from map(escaped, others)
    if not run.fits:
        yield "no call of fit was seen: there is nothing to report"
    for fit in run.fits:
        yield from _fit(run, case_of(run, fit), diagnosis)
    passed = [] if is_going_on(run) else [f"{plural(len(diagnosis.passed), 'check')} passed."]
    lacking = (
        f"Not run: {', '.join(codes)} ({escaped(why)})." for why, codes in not_run(diagnosis)
    )
    yield " ".join((*passed, *lacking))
    yield f"Next: `{next_command(run, diagnosis).replace('`', '')}`"


def _fit(run: StoredRun, case: Case, diagnosis: Diagnosis) -> Iterator[str]:
    fit, fits = case.fit, len(run.fits)
    place = escaped(shown_location(fit.location) or "a place that is not known")
    number = f"fit {fit.id + 1} of {fits}, " if fits > 1 else ""
    held_out = f", {count(fit.validation.rows)} to validate" if fit.validation else ""
    rows = f"{count(fit.train.rows)} rows to train{held_out}"
    if case.is_audit:
        yield f"### {escaped(audit_title(fit))}: {escaped(audit_rows(fit))}"
    else:
        yield f"### {number}{place}: {plural(len(fit.epochs), 'epoch')}, {rows}"
    found = [f for f in diagnosis.findings if f.fit == fit.id and stands(f)]
    if found:
        yield "\n".join(line for finding in found for line in _told(run, finding))
    yield from map(escaped, fit.notes if case.is_audit else ())
    yield from () if case.is_audit else ledger_lines(case)


def _told(run: StoredRun, finding: Finding) -> Iterator[str]:
    yield from _finding(finding)
    change = own_change(run, finding)
    # Within a block of code a character reference would stay one, and fences must not end.
    if change and change.text.isascii() and "```" not in change.text:
        lines = ("```diff", *change.text.split("\n"), "```")
        yield f"  - {escaped(change.title)}:\n"
        yield from (f"    {line}".rstrip() for line in lines)


def _finding(finding: Finding) -> Iterator[str]:
    doubt = "" if finding.status == "confirmed" else f" ({finding.status})"
    yield f"- **{finding.severity} {finding.code}** {escaped(finding.message)}{doubt}"
    yield from (f"  - {escaped(line)}" for line in finding.evidence)
    made = finding.experiment
    if made and finite(made.effect) and finite(made.low) and finite(made.high):
        between = f"{signed(made.low)} to {signed(made.high)}"
        yield f"  - {escaped(made.name)}: {signed(made.effect)} (95 % interval {between})"
    if finding.help:
        yield f"  - What to do: {escaped(finding.help)}"


def ledger_lines(case: Case) -> Iterator[str]:
    """Gives the ledger of a fit as paragraphs: its heading, and a table of its rows."""
    account = case.account() or next(iter(case.accounts()), None)
    if account is None:
        yield escaped((case.ledger and case.ledger.unmeasured) or "no ledger was drawn up")
        return
    d = places([account.train, account.validation])
    rows = [
        (
            row.row,
            signed(row.delta, d),
            f"{signed(row.low, d)} to {signed(row.high, d)}",
            count(row.n),
        )
        if finite(row.delta)
        else (row.row, "not measured", row.reason or "", "")
        for row in account.rows
        if row.delta != 0
    ]
    ends = [("training, as logged", account.train), ("validation, as logged", account.validation)]
    first, last = (((name, figure(value, d), "", "")) for name, value in ends)
    title = f"{account.metric}, {shown_epoch(account.epoch, case.fit)}"
    head = (title, "change", "95 % interval", "rows")
    yield table((head, first, *rows, last))


def table(rows: Iterable[Iterable[str]]) -> str:
    """Gives back rows as a Markdown table, the first one as its head."""
    head, *rest = ([escaped(cell) for cell in row] for row in rows)
    lines = (head, ["---"] * len(head), *rest)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """Gives back text that Markdown shows as it is, on one line."""
    flat = " ".join(str(text).split())
    flat = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", flat)
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
