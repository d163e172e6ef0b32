"""A reader whose inputs are digested as they come, so that many rows take little memory."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from valgap.observe.sources.base import View, digests_of
from valgap.observe.sources.batch import Batch
from valgap.observe.sources.reader import Reader


class Digested:
    """Reads what another reader reads; inputs are digests, (rows, 16) bytes, targets are gone."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """See `Reader.batches`."""
        for position, batch in self._reader.batches(view, draw, wanted):
            digests = np.frombuffer(b"".join(digests_of(batch.x)), np.uint8).reshape(-1, 16)
            yield position, replace(batch, x=digests, y=None, w=None)
