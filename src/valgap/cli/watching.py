"""A session that starts when the script imports Keras: before that, nothing is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from valgap.evidence.records import TargetRecord
from valgap.observe.estimators import Estimators
from valgap.observe.hook import on_keras_import
from valgap.observe.script import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from valgap.evidence.store import StoredRun
    from valgap.session import Session


@dataclass(slots=True)
class Watching:
    """Observation that starts with Keras, and loads nothing heavy before.

    NumPy reads OMP_NUM_THREADS and its kin as it is loaded: the script comes first.
    """

    target: TargetRecord
    root: Path
    rows: int
    draw_ledger: bool
    probe: bool
    recipe: bool
    progress: Callable[[str], None]
    resume: Path | None = None
    known: Path | None = None
    samples: bool = False
    _session: Session | None = None
    _failure: Exception | None = None
    _uninstall: Callable[[], None] = field(default=lambda: None)
    _estimators: Estimators = field(default_factory=Estimators)

    def install(self) -> None:
        """Waits for Keras to be imported; children that the script forks are let alone."""
        self._uninstall = on_keras_import(self._begin)
        self._estimators.install()  # rows may be selected before Keras is imported
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def finish(self, outcome: Outcome) -> StoredRun | None:
        """Draws up the ledgers; None if nothing was fitted."""
        self._uninstall()
        self._estimators.uninstall()
        if self._failure is not None:
            raise self._failure
        if self._session is None:
            return None
        return self._session.finish(outcome.status, outcome.exit_status)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be recorded, and why."""
        return () if self._session is None else self._session.notes

    def _leave(self) -> None:
        self._uninstall()
        self._estimators.uninstall()
        if self._session is not None:
            self._session.uninstall()

    def _begin(self, _: ModuleType) -> None:
        """Keeps a failure of ours for the end: it is no reason to stop the user's script."""
        if self._session is not None:  # Keras was taken out of sys.modules and loaded again
            return
        try:
            self._session = self._started()
        except Exception as error:
            self._failure = error

    def _started(self) -> Session:
        from valgap.evidence.stored import load_run
        from valgap.observe.known import read_known
        from valgap.session import Session

        session = Session(
            self.target,
            root=self.root,
            rows=self.rows,
            draw_ledger=self.draw_ledger,
            progress=self.progress,
        )
        session.probe, session.recipe = self.probe, self.recipe
        session.samples = self.samples
        session.resumed = None if self.resume is None else load_run(self.resume)
        if self.known is not None:
            session.known = partial(read_known, self.known)
        session.estimators = self._estimators
        session.install()
        return session
