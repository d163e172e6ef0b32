"""Small data sets with something planted, as the measuring of rows gets them."""

import numpy as np
import sklearn.utils.extmath  # noqa: F401 (loads the libraries whose threads are limited)
from threadpoolctl import threadpool_limits

from valgap.ledger.probes.rows.clock import Clock
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.tasks import task_of
from valgap.ledger.probes.sampled import Sampled
from valgap.observe.sources.base import Table, batch_sizes
from valgap.observe.sources.nested import leaves, rows_of, take_rows

threadpool_limits(1)  # as measuring does: threads that wait for each other slow it down


def table(x, y, note=None):
    rows = rows_of(x)
    return Table(x, y, None, batch_sizes(rows, 32), np.arange(rows), note)


def sampled(x, y, xv=None, yv=None, **more):
    """Rows of training, and of validation where there are any."""
    tables = {"train": table(x, y)}
    if xv is not None:
        tables["validation"] = table(xv, yv)
    return of_tables(tables, **more)


def of_tables(tables, stored=True, own=None):
    tasks = tuple(task_of(leaf) for leaf in leaves(tables["train"].y))
    return Sampled(tables, tasks, own or {}, dict.fromkeys(tables, stored))


def split(x, y, rows, **more):
    """The first rows as training, the others as validation."""
    first, rest = slice(0, rows), slice(rows, None)
    parts = (take_rows(v, s) for s in (first, rest) for v in (x, y))
    return sampled(*parts, **more)


def prepared(x, y, rows, **more):
    return Prepared(split(x, y, rows, **more))


def plenty():
    return Clock(600)


def blobs(rows, seed=0, classes=3, columns=6, apart=1.5):
    """Columns of a table that tell classes apart, not without errors."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(99).normal(size=(classes, columns)) * apart
    y = rng.integers(0, classes, rows)
    return (middles[y] + rng.normal(size=(rows, columns))).astype(np.float32), y


def pictures(rows, seed=0, side=24, on_border=False):
    """Two classes of noisy pictures with a bright bar: in the middle, or along the upper edge."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    x = rng.normal(0.3, 0.15, (rows, side, side, 3)).astype(np.float32)
    top = 0 if on_border else side // 2 - 2
    x[y == 1, top : top + 3] += 0.3
    return x, y


def clip(rows, seed=0, columns=12, keeps=0.97):
    """Rows that follow each other slowly, as frames of a clip do."""
    rng = np.random.default_rng(seed)
    x = np.zeros((rows, columns))
    x[0] = rng.normal(size=columns)
    for i in range(1, rows):
        x[i] = keeps * x[i - 1] + (1 - keeps**2) ** 0.5 * rng.normal(size=columns)
    return x.astype(np.float32)
