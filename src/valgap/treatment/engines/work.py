"""What a worker needs to know of a study: written once, read once by each worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.evidence.whole import put_whole
from valgap.observe.describe import one_line
from valgap.observe.packing import with_code_of
from valgap.observe.recipe import own_in
from valgap.treatment.engines.aside import Aside
from valgap.treatment.engines.pool import Pool
from valgap.treatment.metrics import Metric, Of, metric_of
from valgap.treatment.plan import Fold

_read: dict[Path, Work] = {}


@dataclass(frozen=True, slots=True)
class Work:
    """The patient and its rows, the folds of these, and by what is judged.

    `folds` count the rows of both splits, those of training first. `predictions` is where the
    predictions of each training go. A callable `metric` goes along with its code, and is given
    what `of` says. `groups` are of all rows, where they are known. `scripted` is how many rows
    the script trains on, where its split is asked about (see `dealing`).
    """

    pool: Pool
    folds: tuple[Fold, ...]
    metric: str | Callable[[Any, Any], float]
    of: Of
    groups: NDArray[Any] | None
    predictions: Path
    scripted: int | None = None

    @property
    def judged_by(self) -> Metric:
        """The metric itself."""
        return metric_of(self.metric, self.of)


def write_work(path: Path, work: Work) -> None:
    """Writes it for our own processes, rows beside it as files that these map into memory.

    Raises:
        UsageError: if the metric cannot be sent to another process.
        OSError: if it cannot be written.
    """
    try:
        with with_code_of(work.metric, *own_in(work.pool.recipe)):
            data = Aside(rows_beside(path)).dumps(work)
    except OSError:
        raise
    except Exception as error:  # whatever the callable closes over
        raise UsageError(f"metric: cannot be sent to other processes: {one_line(error)}") from None
    put_whole(path, data)


def rows_beside(path: Path) -> Path:
    """Gives back the folder of the rows of a work, which are of no use once a study is over."""
    return path.parent / "rows"


def read_work(path: Path) -> Work:
    """Gives back what was written; a worker reads it once."""
    if path not in _read:
        _read[path] = read_anew(path)
    return _read[path]


def read_anew(path: Path) -> Work:
    """Gives back what was written; the process does not hold its rows for ever."""
    import cloudpickle

    work: Work = cloudpickle.loads(path.read_bytes())
    return work
