"""valgap from Python: a context manager, a callback, and what they give back."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.errors import UsageError
from valgap.evidence.account import Ledger
from valgap.evidence.records import FitRecord, TargetRecord
from valgap.evidence.store import StoredRun, find_run, load_run
from valgap.observe.commit import commit_of

if TYPE_CHECKING:
    from valgap.finding import Diagnosis
    from valgap.session import Session

_ROOT = Path(".valgap")
_WIDTH = 100


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
        """The gap ledger of each fit that has one."""
        return self.stored.ledgers

    @property
    def diagnosis(self) -> Diagnosis:
        """The findings of all checks, the best-supported cause first."""
        if self._diagnosis is None:
            from valgap.registry import diagnose

            self._diagnosis = diagnose(self.stored)
        return self._diagnosis

    @property
    def stored(self) -> StoredRun:
        """The run as it stands on disk.

        Raises:
            UsageError: if no fit was watched.
        """
        if self._stored is None and self._session is not None:
            self._stored = self._session.finish("finished", None)
        if self._stored is None:
            raise UsageError("no call of fit was seen: call model.fit(...) while watching")
        return self._stored

    def report(self, format: str = "full") -> str:  # noqa: A002 - the command's own option
        """Returns the report as text, in any format of `valgap report`."""
        from rich.console import Console

        from valgap.report.formats import write_report

        text = io.StringIO()
        write_report(format, self.stored, self.diagnosis, Console(file=text, width=_WIDTH))
        return text.getvalue()

    def __repr__(self) -> str:
        return self.report()


@contextmanager
def watch(
    root: str | Path = _ROOT,
    *,
    rows: int = 1000,
    groups: tuple[Any, Any] | None = None,
    subclasses: tuple[Any, Any] | None = None,
) -> Iterator[Run]:
    """Watches every fit within the block and draws up the ledgers at its end.

    Args:
        root: the folder to keep runs in.
        rows: the most rows a split that the ledger uses.
        groups: which rows go together (a clip, a subject), `(train, validation)`, one label a
            row in the order in which `fit` is given them.
        subclasses: what kind of its class each row is, likewise.

    Yields:
        The run, whose `diagnosis` can be read after the block.
    """
    from valgap.observe.known import known

    beside = known(groups, subclasses)
    session = _session(root, rows)
    session.known = lambda: beside
    run = Run(session)
    session.install()
    try:
        yield run
    except BaseException as error:
        session.uninstall()
        interrupted = isinstance(error, KeyboardInterrupt)
        run._stored = session.finish("interrupted" if interrupted else "raised", None)
        raise
    run._stored = session.finish("finished", None)


def load(name: str | Path | None = None, root: str | Path = _ROOT) -> Run:
    """Returns a stored run: by path, id or the start of an id; the newest if not given."""
    return Run(stored=load_run(find_run(Path(root), None if name is None else str(name))))


def diagnose(  # noqa: PLR0913
    model: Any,
    train: tuple[Any, ...],
    validation: tuple[Any, ...] | None = None,
    history: Any = None,
    *,
    batch_size: int = 32,
    root: str | Path = _ROOT,
    rows: int = 1000,
    groups: tuple[Any, Any] | None = None,
    subclasses: tuple[Any, Any] | None = None,
) -> Run:
    """Diagnoses a trained model on its data, without the script that trained it.

    Args:
        model: a compiled Keras model; it is not changed.
        train: `(x, y)` or `(x, y, sample_weight)`.
        validation: likewise.
        history: what `fit` gave back, or its dictionary of figures.
        batch_size: rows of a training step.
        root: the folder to keep runs in.
        rows: the most rows a split that are used.
        groups: which rows go together (a clip, a subject), `(train, validation)`, one label a
            row; scores and intervals are then by group as well.
        subclasses: what kind of its class each row is, likewise; recall is then told by them.

    Returns:
        The run, whose `diagnosis` and `report()` say what was found.

    Raises:
        UsageError: if the model has no loss, or the data do not fit it.
    """
    from valgap.examining import examine
    from valgap.observe.known import known

    beside = known(groups, subclasses)
    told = {"batch_size": batch_size, "root": Path(root), "rows": rows, "known": beside}
    return Run(stored=examine(model, train, validation, history, **told))  # type: ignore[arg-type]


def _session(root: str | Path, rows: int) -> Session:
    from valgap.session import Session

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return Session(
        TargetRecord(script, tuple(sys.argv[1:]), commit=commit_of(script)),
        root=Path(root),
        rows=rows,
    )


def Watch(root: str | Path = _ROOT, *, rows: int = 1000) -> Any:  # noqa: N802 - a class to its users
    """Returns a Keras callback that watches the fit it is given to.

    Its `run` (and `diagnosis`) can be read after the fit. What a callback cannot see in
    passing, such as the rows of a one-shot generator, is left out of the ledger and said;
    `watch()` sees all.
    """
    import keras

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        async_safe = True

        def __init__(self) -> None:
            super().__init__()
            self.session = _session(root, rows)
            self.run = Run(self.session)
            self._inner: Any = None
            self._began = 0.0

        @property
        def diagnosis(self) -> Diagnosis:
            return self.run.diagnosis

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self._began = time.perf_counter()
            self._inner = self.session.begin_from_callback(self.model)
            if self._inner is not None:
                self._inner.set_model(self.model)
                self._inner.on_train_begin()

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            self.session.end_from_callback(time.perf_counter() - self._began)

    for hook in ("epoch_begin", "epoch_end", "train_batch_end", "test_begin", "test_end"):
        setattr(Watch, f"on_{hook}", _forwarded(f"on_{hook}"))
    return Watch()


def _forwarded(hook: str) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._inner is not None:
            getattr(self._inner, hook)(*args, **kwargs)

    return call
