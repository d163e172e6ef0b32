"""Diagnoses and ledgers that show themselves: drawn in a notebook, as text elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from rich.console import Console

from valgap.case import Case
from valgap.evidence.account import Ledger
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.registry import case_of
from valgap.report.concise import render as concise
from valgap.report.ending import in_short
from valgap.report.ledger import add_ledger
from valgap.report.markdown import ledger_lines
from valgap.report.notebook.drawn import drawn_ledgers, drawn_run
from valgap.report.page import Page
from valgap.report.texts import report_text, written


@dataclass(frozen=True, slots=True, repr=False)
class ShownDiagnosis(Diagnosis):
    """A diagnosis that knows the run it is of."""

    run: StoredRun | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        lines = concise(self.run, self).splitlines() if self.run else []
        return "\n".join([f"valgap: {in_short(self)[0]}", *(f"  {line}" for line in lines)])

    def _repr_html_(self) -> str | None:
        return drawn_run(self.run, self) if self.run else None

    def _repr_markdown_(self) -> str | None:
        return report_text("markdown", self.run, self) if self.run else None


@dataclass(frozen=True, slots=True, repr=False)
class ShownLedger(Ledger):
    """A ledger that knows the run it is of."""

    run: StoredRun | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return "\n".join(_texts(self.run, [self])) if self.run else "Ledger()"

    def _repr_html_(self) -> str | None:
        return drawn_ledgers(self.run, [self]) if self.run else None

    def _repr_markdown_(self) -> str | None:
        return _markdown(self.run, [self]) if self.run else None


class ShownLedgers(tuple[Ledger, ...]):
    """The ledgers of a run: a tuple."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or "valgap: no ledger was drawn up"

    def _repr_html_(self) -> str | None:
        run = self._run()
        return drawn_ledgers(run, self) if run else None

    def _repr_markdown_(self) -> str | None:
        run = self._run()
        return _markdown(run, self) if run else None

    def _run(self) -> StoredRun | None:
        first = self[0] if self else None
        return first.run if isinstance(first, ShownLedger) else None


def shown_diagnosis(run: StoredRun, diagnosis: Diagnosis) -> ShownDiagnosis:
    """Gives back the same diagnosis, which shows itself."""
    return ShownDiagnosis(**_fields(diagnosis), run=run)


def shown_ledgers(run: StoredRun) -> ShownLedgers:
    """Gives back the ledgers of a run, which show themselves."""
    return ShownLedgers(ShownLedger(**_fields(ledger), run=run) for ledger in run.ledgers)


def _fields(record: Diagnosis | Ledger) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _texts(run: StoredRun, ledgers: list[ShownLedger]) -> Iterator[str]:
    ids = {ledger.fit for ledger in ledgers}
    for fit in run.fits:
        if fit.id in ids:
            yield written(partial(_ledger, case_of(run, fit))).rstrip()


def _ledger(case: Case, console: Console) -> None:
    page = Page.of(console)
    add_ledger(page, case)
    page.show(console)


def _markdown(run: StoredRun, ledgers: Any) -> str:
    ids = {ledger.fit for ledger in ledgers}
    cases = [case_of(run, fit) for fit in run.fits if fit.id in ids]
    return "\n\n".join(text for case in cases for text in ledger_lines(case)) + "\n"
