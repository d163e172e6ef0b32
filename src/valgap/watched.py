"""A watched run as Python code holds it, and what begins and ends one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.errors import UsageError
from valgap.evidence.account import Ledger
from valgap.evidence.records import FitRecord, TargetRecord
from valgap.evidence.store import StoredRun
from valgap.observe.commit import commit_of

if TYPE_CHECKING:
    from valgap.finding import Diagnosis
    from valgap.report.give_back.giving import Giving
    from valgap.session import EndStatus, Session


class Run:
    """A watched run: its fits, their ledgers and the diagnosis.

    The ledgers are drawn up when they are first asked for, or at the end of `watch()`.
    """

    def __init__(self, session: Session | None = None, stored: StoredRun | None = None) -> None:
        self._session, self._stored = session, stored
        self._diagnosis: Diagnosis | None = None

    @property
    def path(self) -> Path:
        """The folder the run is kept in."""
        return self.stored.path

    @property
    def fits(self) -> tuple[FitRecord, ...]:
        """The calls of `fit`, in their order."""
        return self.stored.fits

    @property
    def ledgers(self) -> tuple[Ledger, ...]:
        """The gap ledger of each fit that has one; a notebook draws them."""
        from valgap.report.notebook.shown import shown_ledgers

        return shown_ledgers(self.stored)

    @property
    def diagnosis(self) -> Diagnosis:
        """The findings of all checks, the best-supported cause first; a notebook draws them."""
        if self._diagnosis is None:
            from valgap.registry import diagnose
            from valgap.report.going_on import as_it_stands
            from valgap.report.notebook.shown import shown_diagnosis

            found = as_it_stands(self.stored, diagnose(self.stored))
            self._diagnosis = shown_diagnosis(self.stored, found)
        return self._diagnosis

    def end(self, status: EndStatus = "finished") -> None:
        """Draws up the ledgers; to be called once the script's own code has ended."""
        if self._session is not None:
            self._stored = self._session.finish(status, None)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, or was read from disk."""
        return self._stored is not None

    @property
    def stored(self) -> StoredRun:
        """The run as it stands on disk.

        Raises:
            UsageError: if no fit was watched.
        """
        if self._stored is None:
            self.end()
        if self._stored is None:
            raise UsageError("no call of fit was seen: call model.fit(...) while watching")
        return self._stored

    def report(self, format: str = "full") -> str:  # noqa: A002 - the command's own option
        """Returns the report as text, in any format of `valgap report`."""
        from valgap.report.texts import report_text

        return report_text(format, self.stored, self.diagnosis)

    def __repr__(self) -> str:
        return self._drawn("full")

    def _repr_html_(self) -> str | None:
        from valgap.report.notebook.drawn import drawn_run

        return None if self.is_empty() else drawn_run(self.stored, self.diagnosis)

    def _repr_markdown_(self) -> str:
        return self._drawn("markdown")

    def _drawn(self, form: str) -> str:
        """The report, or why there is none: to be shown is no reason to raise."""
        try:
            return self.report(form)
        except UsageError as error:
            return f"valgap: {error}"

    def is_empty(self) -> bool:
        """Tells whether no fit was seen."""
        try:
            return self.stored is None
        except UsageError:
            return True


def session_of(root: str | Path, rows: int, live: bool | None) -> Session:
    """Gives back a session of this program; `live` is None where only a notebook wants a line."""
    from valgap.observe.line import in_notebook
    from valgap.session import Session

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    session = Session(
        TargetRecord(script, tuple(sys.argv[1:]), commit=commit_of(script)),
        root=Path(root),
        rows=rows,
    )
    if in_notebook() if live is None else live:
        from valgap.report.so_far import so_far

        session.tell(so_far)
    return session


def giving_to(tensorboard: str | Path | None, mlflow: bool) -> Giving:
    """Gives back to whom a run is to be given, as far as it can be; says what is not installed."""
    from valgap.report.give_back.giving import Giving

    return Giving(None if tensorboard is None else str(tensorboard), mlflow).possible(say)


def give(giving: Giving, run: Run) -> None:
    """Gives a run back where that was asked for. Never raises: a fit may be ending around it."""
    try:
        if giving and not run.is_empty():
            giving.give(run.stored, run.diagnosis, say, say)
    except Exception as error:
        say(f"not given back: {type(error).__name__}: {error}")


def say(text: str) -> None:
    """Writes a line of our own to stderr."""
    sys.stderr.write(f"valgap: {text}\n")
