"""How a study is to be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valgap.treatment.budget import Budget
from valgap.treatment.engines.choice import Choice

Metric = str | Callable[[Any, Any], float]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a study is to be made; `url` is of Optuna's storage, a file beside the run if None.

    With `resume` trials of an earlier study of the same design are taken over. With `trust` a
    recipe may be of others: it is a pickle, and to read it runs the code in it.
    """

    budget: Budget
    metric: Metric | None = None
    groups: Any = None
    seed: int = 0
    unsafe: bool = False
    resume: bool = False
    url: str | None = None
    output: Path | None = None
    engine: Choice = field(default_factory=Choice)
    trust: bool = False
