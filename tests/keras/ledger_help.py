"""What the tests of the ledger share: a watched stretch of code, and rows by name."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from valgap.evidence.account import Account, Ledger, Row
from valgap.evidence.records import TargetRecord
from valgap.evidence.store import StoredRun
from valgap.observe.known import Known
from valgap.session import Session


def watched(
    run: Callable[[], object],
    *,
    rows: int = 1000,
    root: Path | None = None,
    known: Known = Known(),  # noqa: B008 - frozen
) -> StoredRun | None:
    """Runs a function under observation and gives back the run as stored.

    An exception that the function raises is kept to itself, as a script's would be.
    """
    folder = Path(tempfile.mkdtemp()) if root is None else root
    session = Session(TargetRecord("script.py"), root=folder, rows=rows)
    session.probe = False  # what is measured beside the ledger has tests of its own
    session.known = lambda: known
    session.install()
    try:
        run()
    except Exception:
        return session.finish("raised", 1)
    return session.finish("finished", 0)


def fitted(model: keras.Model, *data: object, rows: int = 1000, **arguments: object) -> Ledger:
    """Fits a compiled model under observation and gives back its ledger."""
    stored = watched(lambda: model.fit(*data, **{"verbose": 0} | arguments), rows=rows)
    assert stored is not None
    (ledger,) = stored.ledgers
    return ledger


def last(ledger: Ledger, metric: str = "loss") -> Account:
    """The account of a figure at the last epoch."""
    found = [a for a in ledger.accounts if a.metric == metric and "last" in a.roles]
    assert found, (ledger.unmeasured, ledger.notes, [a.metric for a in ledger.accounts])
    return found[0]


def row(account: Account, name: str) -> Row:
    """The row of that name."""
    return next(r for r in account.rows if r.row == name)


def statuses(account: Account) -> dict[str, str]:
    """The status of every row."""
    return {r.row: r.status for r in account.rows}


def assert_closes(account: Account, tolerance: float = 1e-5) -> None:
    """The logged validation figure is recomputed, and the deltas sum to the gap."""
    assert account.train is not None
    assert account.validation is not None
    unaccounted = row(account, "unaccounted")
    assert unaccounted.status == "measured", unaccounted.reason
    assert abs(unaccounted.delta) <= tolerance * max(1.0, abs(account.validation)), unaccounted
    deltas = [r.delta for r in account.rows if r.delta is not None]
    gap = account.validation - account.train
    assert abs(sum(deltas) - gap) <= 1e-9 * max(1.0, abs(gap))


def noise(rows: int, columns: int = 6, seed: int = 0) -> np.ndarray:
    """Standard normal inputs."""
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype("float32")
