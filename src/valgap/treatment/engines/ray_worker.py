"""What a worker of Ray does, on whatever machine: it reads the study once, then trains."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from valgap.treatment.engines.keeping import Outcome
from valgap.treatment.engines.parts import work_from
from valgap.treatment.engines.training import outcome_of
from valgap.treatment.engines.work import Work
from valgap.treatment.jobs import TOO_LONG, Job, Result

_studies: dict[str, Work] = {}


class _TooLongError(BaseException):
    """Time is up; no `except Exception` of a callback is to stop it."""


def trained(
    study: str, parts: list[Any], versions: dict[str, str], job: Job, patience: float
) -> Outcome:
    """Trains once and gives back what came of it, which the machine of the study writes.

    Args:
        study: a name, by which this process knows that it has read the parts.
        parts: references to those of the work, in the object store.
        versions: of packages, on the machine of the study.
        job: what is to be trained.
        patience: seconds that it may take.

    Raises:
        ImportError: if packages here are others.
        OSError: if there is no room on the disk of this machine.
    """
    if study not in _studies:
        _refuse_others(versions)
        _studies.clear()  # a worker may outlive a study
        _studies[study] = work_from(_taken(parts))
    try:
        with _at_most(patience):
            return outcome_of(lambda: _studies[study], job)
    except _TooLongError:
        return Outcome(Result(job, None, patience, TOO_LONG))


def _taken(parts: list[Any]) -> list[Any]:
    import ray

    return list(ray.get(parts))


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Breaks off what takes longer, once compiled code comes back to Python."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return
    signal.signal(signal.SIGALRM, _break_off)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _break_off(*_: Any) -> None:
    raise _TooLongError


def versions_of(backend: str) -> dict[str, str]:
    """Gives back the versions that results depend on, of packages that are installed."""
    found = {}
    for name in ("valgap", "keras", backend):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a backend under the name of another distribution
            continue
    return found


def _refuse_others(versions: dict[str, str]) -> None:
    for name, there in versions.items():
        here = version(name)
        if here != there:
            raise ImportError(f"{name} {there} is expected, {here} is installed")
