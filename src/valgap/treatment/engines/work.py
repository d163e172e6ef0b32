"""What a worker needs to know of a study: written once, read once by each worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from valgap.errors import UsageError
from valgap.evidence.writer import put_whole
from valgap.observe.describe import one_line
from valgap.observe.packing import with_code_of
from valgap.treatment.metrics import Metric, Of, metric_of
from valgap.treatment.plan import Fold

_read: dict[Path, Work] = {}


@dataclass(frozen=True, slots=True)
class Work:
    """The recipe of the patient, the folds of its rows, and by what is judged.

    `folds` count the rows of both splits, those of training first. `predictions` is where the
    predictions of each training go. A callable `metric` goes along with its code, and is given
    what `of` says. `groups` are of all rows, where they are known.
    """

    recipe: Path
    folds: tuple[Fold, ...]
    metric: str | Callable[[Any, Any], float]
    of: Of
    groups: NDArray[Any] | None
    predictions: Path

    @property
    def judged_by(self) -> Metric:
        """The metric itself."""
        return metric_of(self.metric, self.of)


def write_work(path: Path, work: Work) -> None:
    """Writes it for our own processes.

    Raises:
        UsageError: if the metric cannot be sent to another process.
    """
    import cloudpickle

    try:
        with with_code_of(work.metric):
            data = cloudpickle.dumps(work, protocol=5)
    except Exception as error:  # whatever the callable closes over
        raise UsageError(f"metric: cannot be sent to other processes: {one_line(error)}") from None
    put_whole(path, data)


def read_work(path: Path) -> Work:
    """Gives back what was written; a worker reads it once."""
    if path not in _read:
        import cloudpickle

        _read[path] = cloudpickle.loads(path.read_bytes())
    return _read[path]
