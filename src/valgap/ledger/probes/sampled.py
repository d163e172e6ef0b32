"""The rows that probes share, and what the own model makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.records import Split
from valgap.evidence.rows import Task
from valgap.observe.sources.base import Table


@dataclass(frozen=True, slots=True)
class Own:
    """The own model on the clean rows of one split, inference mode, last epoch's weights.

    `predictions` holds one array an output, (rows, ...), probabilities where the head gives
    scores that the loss turns into them. `parts` holds a logged figure by row.
    """

    predictions: tuple[NDArray[Any], ...]
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Clean rows of both splits. `tasks` holds one task an output.

    `stored_order` says by split whether rows stand in the table in the order they are stored in
    (a sample leaves some out); `batch_size` is that of training. `groups` and `subclasses` hold one
    label a row of the table, where the user has given them.
    """

    tables: Mapping[Split, Table]
    tasks: tuple[Task, ...]
    own: Mapping[Split, Own] = field(default_factory=dict)
    stored_order: Mapping[Split, bool] = field(default_factory=dict)
    batch_size: int = 32
    groups: Mapping[Split, NDArray[Any]] = field(default_factory=dict)
    subclasses: Mapping[Split, NDArray[Any]] = field(default_factory=dict)
