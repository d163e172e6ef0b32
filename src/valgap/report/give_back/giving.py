"""To whom a run is given back at its end, if that was asked for and can be done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis

    Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Giving:
    """Where ledger and findings go to beside the report: a folder of events, MLflow."""

    tensorboard: str | None = None
    mlflow: bool = False

    def __bool__(self) -> bool:
        return bool(self.tensorboard or self.mlflow)

    def possible(self, say: Say) -> Giving:
        """Gives back what of it can be done; says what has to be installed for the rest.

        To be asked before the fit, so that it can be mended in time. Loads nothing.
        """
        able = self
        if self.tensorboard is not None and not _is_there("tensorboard"):
            say(_missing("tensorboard"))
            able = replace(able, tensorboard=None)
        if self.mlflow and not _is_there("mlflow"):
            say(_missing("mlflow"))
            able = replace(able, mlflow=False)
        return able

    def give(self, run: StoredRun, diagnosis: Diagnosis, say: Say, complain: Say) -> None:
        """Gives a run back and says where to; a failure is told and costs nothing else."""
        if self.tensorboard is not None:
            from valgap.report.give_back.tensorboard import write

            folder = self.tensorboard
            told = "written for TensorBoard:"
            _tried(lambda: f"{told} {write(run, diagnosis, folder)}", say, complain)
        if self.mlflow:
            from valgap.report.give_back.mlflow import log

            _tried(lambda: f"logged to the MLflow run {log(run, diagnosis)}", say, complain)


def _tried(work: Callable[[], str], say: Say, complain: Say) -> None:
    try:
        told = work()
    except Exception as error:  # a server that is down: the run is on disk all the same
        told = " ".join(str(error).split())[:200]
        complain(f"not given back, the run is kept: {type(error).__name__}: {told}")
    else:
        say(told)


def _is_there(package: str) -> bool:
    """Whether a package is installed; a folder of that name, such as of logs, is none."""
    if package in sys.modules:
        return True
    spec = find_spec(package)
    return spec is not None and spec.origin is not None


def _missing(package: str) -> str:
    return f'{package} is not installed, it gets nothing: pip install "valgap[{package}]"'
