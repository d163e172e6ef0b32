"""The section *What was asked, and the answer*."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from valgap.cases.system import System
from valgap.cases.told import Told
from valgap.finding import Diagnosis
from valgap.report.page import Page

UNANSWERED = "None of the causes that this set-up is known for was found in this run."


def write_answer(system: System, diagnosis: Diagnosis, console: Console) -> None:
    """Prints the author's question and what this run has to say to it."""
    page, told = Page.of(console), Told(diagnosis)
    page.rule("what was asked, and the answer")
    _add(page, "asked          ", [system.question])
    _add(page, "answer         ", list(system.answer(told)) or [UNANSWERED])
    _add(page, "already tried  ", system.tried(told))
    _add(page, "were told      ", system.given(told))
    page.show(console)


def _add(page: Page, label: str, paragraphs: Iterable[str]) -> None:
    for i, paragraph in enumerate(paragraphs):
        page.hang(" " * len(label) if i else label, paragraph)
