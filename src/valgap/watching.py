"""valgap from Python: a context manager, a callback, and what they give back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.evidence.store import find_run, load_run
from valgap.watched import Run, give, giving_to, session_of

if TYPE_CHECKING:
    from valgap.finding import Diagnosis
    from valgap.session import EndStatus

_ROOT = Path(".valgap")


@contextmanager
def watch(  # noqa: PLR0913
    root: str | Path = _ROOT,
    *,
    rows: int = 1000,
    groups: tuple[Any, Any] | None = None,
    subclasses: tuple[Any, Any] | None = None,
    live: bool | None = None,
    tensorboard: str | Path | None = None,
    mlflow: bool = False,
) -> Iterator[Run]:
    """Watches every fit within the block and draws up the ledgers at its end.

    Args:
        root: the folder to keep runs in.
        rows: the most rows a split that the ledger uses.
        groups: which rows go together (a clip, a subject), `(train, validation)`, one label a
            row in the order in which `fit` is given them.
        subclasses: what kind of its class each row is, likewise.
        live: whether to show a line under each fit that says where it stands; by default in a
            notebook only.
        tensorboard: the folder of events that ledger and findings are to be written beside.
        mlflow: whether to log them to the active MLflow run.

    Yields:
        The run, whose `diagnosis` can be read after the block.
    """
    from valgap.observe.known import known

    beside = known(groups, subclasses)
    giving = giving_to(tensorboard, mlflow)
    session = session_of(root, rows, live)
    session.known = lambda: beside
    run = Run(session)
    status: EndStatus = "finished"
    session.install()
    try:
        yield run
    except BaseException as error:
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"
        raise
    finally:
        run.end(status)
        give(giving, run)


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


def Watch(  # noqa: N802 - a class to its users
    root: str | Path = _ROOT,
    *,
    rows: int = 1000,
    live: bool | None = None,
    tensorboard: str | Path | None = None,
    mlflow: bool = False,
) -> Any:
    """Returns a Keras callback that watches the fit it is given to.

    Its `run` (and `diagnosis`) can be read after the fit. What a callback cannot see in
    passing, such as the rows of a one-shot generator, is left out of the ledger and said;
    `watch()` sees all.

    Args:
        root: the folder to keep runs in.
        rows: the most rows a split that the ledger uses.
        live: as `watch` takes it.
        tensorboard: as `watch` takes it; the ledger is then drawn up as the fit ends.
        mlflow: likewise.
    """
    import keras

    giving = giving_to(tensorboard, mlflow)

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        async_safe = True

        def __init__(self) -> None:
            super().__init__()
            self._begin_a_run()
            self._inner: Any = None
            self._began = 0.0

        def _begin_a_run(self) -> None:
            self.session = session_of(root, rows, live)
            self.run = Run(self.session)

        @property
        def diagnosis(self) -> Diagnosis:
            return self.run.diagnosis

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            if self.run.is_over:  # it was read, and is over
                self._begin_a_run()
            self._began = time.perf_counter()
            self._inner = self.session.begin_from_callback(self.model)
            if self._inner is not None:
                self._inner.set_model(self.model)
                self._inner.on_train_begin()

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            self.session.end_from_callback(time.perf_counter() - self._began)
            give(giving, self.run)

    for hook in ("epoch_begin", "epoch_end", "train_batch_end", "test_begin", "test_end"):
        setattr(Watch, f"on_{hook}", _forwarded(f"on_{hook}"))
    return Watch()


def _forwarded(hook: str) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._inner is not None:
            getattr(self._inner, hook)(*args, **kwargs)

    return call
