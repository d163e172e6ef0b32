"""Which engine makes the trainings of a study, and what each of them is given."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.errors import UsageError

if TYPE_CHECKING:
    from valgap.treatment.engines.local import Local
    from valgap.treatment.engines.on_ray import OnRay

LOCAL, RAY, SCHEME = "local", "ray", "ray://"
_ADDRESS = re.compile(r"ray://[^\s/]+:\d+")


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and what Ray is to keep free for each training.

    Args:
        engine: `local`, processes of this machine; `ray`, the cluster that this machine is part
            of, or a Ray started for the study; `ray://HOST:PORT`, a cluster somewhere else.
        cores: of each training, which has as many threads; 1 if None.
        gpus: of each training, a part of one or several; none if None.

    Raises:
        UsageError: if there is no such engine, or it does not take what is asked for.
    """

    engine: str = LOCAL
    cores: int | None = None
    gpus: float | None = None

    def __post_init__(self) -> None:
        if self.engine not in (LOCAL, RAY) and not _ADDRESS.fullmatch(self.engine):
            raise UsageError(
                f"engine: expected local, ray or ray://HOST:PORT, received {self.engine!r}"
            )
        if self.engine == LOCAL and (self.cores is not None or self.gpus is not None):
            raise UsageError("cores and GPUs per trial are asked of Ray: add --engine ray")
        if self.cores is not None and self.cores < 1:
            raise UsageError(f"cores per trial: expected 1 or more, received {self.cores}")
        if self.gpus is not None and not _can_be_placed(self.gpus):
            raise UsageError(
                f"GPUs per trial: expected a whole number or a part of one, received {self.gpus:g}"
            )


def _can_be_placed(gpus: float) -> bool:
    return math.isfinite(gpus) and gpus >= 0 and (gpus <= 1 or gpus == int(gpus))


def engine_of(choice: Choice, work: Path, backend: str, slowest: float = 0.0) -> Local | OnRay:
    """Gives back the engine; it starts nothing before it is given something to do.

    Args:
        choice: which.
        work: the file that tells workers about the study.
        backend: of Keras.
        slowest: seconds that a training is known to take; many times that, and it is given up.

    Raises:
        UsageError: if Ray is wanted and missing.
    """
    if choice.engine == LOCAL:
        from valgap.treatment.engines.local import Local

        return Local(work, backend, slowest=slowest)
    from valgap.treatment.engines.on_ray import OnRay, ray_module

    ray_module()
    address = choice.engine if choice.engine.startswith(SCHEME) else None
    return OnRay(work, backend, address, choice.cores or 1, choice.gpus or 0.0, slowest)
