"""Trainings on Ray: one task each, on one machine or on many."""

from __future__ import annotations

import logging
import math
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from valgap.errors import UsageError
from valgap.experiments.workers import environment_of
from valgap.observe.describe import one_line
from valgap.treatment.engines.keeping import kept
from valgap.treatment.engines.local import RECYCLED_AFTER, patience
from valgap.treatment.engines.parts import parts_of
from valgap.treatment.engines.ray_worker import trained, versions_of
from valgap.treatment.engines.work import read_anew
from valgap.treatment.jobs import KILLED, OUT_OF_MEMORY, Job, Result

# A training that takes so many workers along is at fault itself. Ray's own retries are not used:
# of a training that needs too much memory they have no end.
RETRIES = 2
# How long a cluster may take to add a machine that is large enough, and how often we look, in s.
WAITS_FOR_MACHINES, LOOKS_EVERY = 300.0, 5.0


@dataclass(slots=True)
class OnRay:
    """An engine with as many trainings at once as the machines have cores and GPUs for.

    The work with its rows is put into the object store once; each worker reads it once, and those
    of one machine share large arrays. Predictions, model and curves come back with the result and
    are written here. What a worker that died was at is given to another one.

    Args:
        work: the file that tells workers about the study.
        backend: of Keras.
        address: `ray://HOST:PORT`; None: the cluster of this machine, else a Ray of our own.
        cores: of each training.
        gpus: of each training.
        slowest: seconds of the slowest training so far, those of the recorded fit at first.
    """

    work: Path
    backend: str
    address: str | None = None
    cores: int = 1
    gpus: float = 0.0
    slowest: float = 0.0
    _task: Any = None
    _study: tuple[Any, ...] = ()
    _predictions: Path = Path()
    _opened: str | None = None
    _running: dict[Any, Job] = field(default_factory=dict)
    _lost: Counter[Job] = field(default_factory=Counter)
    _fitted: float = 0.0

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:
        """Yields the result of each job as it comes; see `Engine`.

        Raises:
            UsageError: if no Ray can be reached or started, no machine of it has what each
                training is to be given, or workers cannot read the study.
            OSError: if predictions cannot be written.
        """
        end = math.inf if until is None else until
        try:
            self._begin()
            for job in jobs:
                self._submit(job)
            self._refuse_if_none_fits()
            while self._running and time.monotonic() < end:
                yield from self._ended(end)
        except ImportError as error:
            raise _fault(error) from None
        finally:
            self._cancel()

    def close(self) -> None:
        """Ends what runs, and a Ray that was started here; from another one it disconnects."""
        self._cancel()
        if self._opened is not None:
            ray_module().shutdown()
        self._task = self._opened = None
        self._study = ()

    def _begin(self) -> None:
        """Connects, and puts what workers read into the object store."""
        if self._task is not None:
            return
        ray = ray_module()
        if not ray.is_initialized():
            self._opened = _opened(ray, self.address)
        work = read_anew(self.work)
        self._predictions = work.predictions
        parts = [ray.put(part) for part in parts_of(work)]
        self._study = (uuid4().hex, parts, versions_of(self.backend))
        self._task = ray.remote(**self._options())(trained)
        self._fitted = time.monotonic()

    def _options(self) -> dict[str, Any]:
        env = environment_of(self.backend, self.cores)
        env["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "1"  # no GPU is used that was not asked for
        if self.gpus:
            env |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        return {
            "num_cpus": self.cores,
            "num_gpus": self.gpus,
            "max_retries": 0,
            # The next training may be given another GPU, which a process cannot change to.
            "max_calls": 1 if self.gpus else RECYCLED_AFTER,
            "runtime_env": {"env_vars": env},
        }

    def _submit(self, job: Job) -> None:
        task = self._task.options(name=" + ".join(job.arms) or "patient")
        self._running[task.remote(*self._study, job, patience(self.slowest))] = job

    def _ended(self, end: float) -> Iterator[Result]:
        """The next result, if there is one before we look again."""
        seconds = max(0.0, min(LOOKS_EVERY, end - time.monotonic()))
        done, _ = ray_module().wait(list(self._running), num_returns=1, timeout=seconds)
        if not done:
            self._refuse_if_none_fits()
        for reference in done:
            result = self._result(self._running.pop(reference), reference)
            if result is not None:
                self.slowest = max(self.slowest, result.seconds)
                yield result

    def _result(self, job: Job, reference: Any) -> Result | None:
        """What came of a job; None where it was given to another worker."""
        from ray import exceptions

        try:
            outcome = ray_module().get(reference)
        except exceptions.RayTaskError as error:
            raise _fault(error.cause) from None
        except exceptions.RayError as error:
            self._lost[job] += 1
            if self._lost[job] <= RETRIES:
                self._submit(job)
                return None
            is_memory = isinstance(error, exceptions.OutOfMemoryError)
            return Result(job, None, error=OUT_OF_MEMORY if is_memory else KILLED)
        return kept(outcome, self._predictions)

    def _refuse_if_none_fits(self) -> None:
        """Says so where no machine is large enough; a cluster is given time to add one."""
        found = [node["Resources"] for node in ray_module().nodes() if node["Alive"]]
        has = [(int(r.get("CPU", 0)), r.get("GPU", 0.0)) for r in found]
        if any(cores >= self.cores and gpus >= self.gpus for cores, gpus in has):
            self._fitted = time.monotonic()
        elif self._opened == "local" or time.monotonic() - self._fitted > WAITS_FOR_MACHINES:
            cores, gpus = max(has, default=(0, 0.0))
            raise UsageError(
                f"engine: expected a machine with {self.cores} cores and {self.gpus:g} GPUs, the "
                f"largest has {cores} and {gpus:g}; ask for less per trial, or add machines"
            )

    def _cancel(self) -> None:
        """Ends what runs; after `close` there is nothing, as Ray would start itself again."""
        for reference in self._running:
            with suppress(Exception):  # the cluster may be gone
                ray_module().cancel(reference, force=True)
        self._running.clear()


def ray_module() -> Any:
    """Gives back Ray, which is told to keep quiet.

    Raises:
        UsageError: if it is missing.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # What it says of workers goes to stdout, where reports are.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
    try:
        import ray
    except ImportError:
        raise UsageError("ray is not installed: pip install 'valgap[ray]'") from None
    return ray


def _opened(ray: Any, address: str | None) -> str:
    """Connects, and gives back to what: an address, `auto` or `local`, which is a Ray of ours."""
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address is not None:
            ray.init(address, **quiet)
            return address
        try:
            ray.init("auto", **quiet)
        except ConnectionError:
            if os.environ.get("RAY_ADDRESS"):
                raise
            ray.init("local", include_dashboard=False, **quiet)
            return "local"
    except Exception as error:  # of gRPC, of versions that differ, of ports that are taken
        raise UsageError(f"engine: no Ray at {address or 'hand'}: {one_line(error)}") from None
    return "auto"


def _fault(error: Exception) -> Exception:
    """What a worker raised: the disk, which ends the study, or a machine that is not set up."""
    if isinstance(error, OSError):
        return error
    return UsageError(
        f"engine: a worker cannot read the study: {one_line(error)}; install the same packages "
        "on all machines"
    )
