"""Whether a pipeline applies random transforms, found out by reading the same rows twice."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

from valgap.evidence.records import Transforms
from valgap.observe.sources.base import View, digests_of
from valgap.observe.sources.batch import Batch
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.reader import Reader

_ROWS = 128
_FULL_PASS_ROWS = 20_000
_FULL_PASS_SECONDS = 5.0


@dataclass(frozen=True)
class Probed:
    """The outcome. `ordered`: two reads give the rows in the same order."""

    transforms: Transforms
    names: tuple[str, ...] = ()
    ordered: bool = True


def probe(reader: Reader) -> Probed:
    """Reads some rows twice as fed and, where they differ, twice with transforms off."""
    first, second = _head(reader, "fed", 0), _head(reader, "fed", 1)
    same = _equal(first, second)
    # Seeded operations may repeat themselves: two equal reads do not yet mean none.
    if same and not reader.random and not reader.unpinned:
        return Probed("none")
    if reader.switchable:
        clean, again = _head(reader, "clean", 0), _head(reader, "clean", 1)
        if reader.names and _equal(clean, again):
            return Probed("known", reader.names)
    if (not same or reader.unpinned) and not reader.random and _same_rows(reader):
        return Probed("none", ordered=False)
    return Probed("opaque", ordered=_same_targets(first, second))


def _head(reader: Reader, view: View, draw: int) -> list[Batch]:
    """The first batches, up to 128 rows."""
    batches: list[Batch] = []
    with own_randomness(draw):
        wanted = _first_positions(reader.count) if reader.indexed else None
        with closing(reader.batches(view, draw, wanted)) as stream:
            for _, batch in stream:
                batches.append(batch)
                if sum(b.rows for b in batches) >= _ROWS:
                    break
    return batches


def _first_positions(count: int | None) -> list[int]:
    return list(range(min(count or 1, _ROWS)))


def _equal(one: list[Batch], other: list[Batch]) -> bool:
    return len(one) == len(other) and all(a.equals(b) for a, b in zip(one, other, strict=True))


def _same_targets(one: list[Batch], other: list[Batch]) -> bool:
    return _equal([Batch(None, b.y, b.w) for b in one], [Batch(None, b.y, b.w) for b in other])


def _same_rows(reader: Reader) -> bool:
    """Whether two passes hold the same rows in another order."""
    if reader.indexed or not reader.ends("fed"):
        return False
    passes = [_row_digests(reader, draw) for draw in (0, 1)]
    return passes[0] is not None and passes[0] == passes[1]


def _row_digests(reader: Reader, draw: int) -> list[bytes] | None:
    digests: list[bytes] = []
    deadline = time.monotonic() + _FULL_PASS_SECONDS
    with own_randomness(draw), closing(reader.batches("fed", draw, None)) as stream:
        for _, batch in stream:
            digests += digests_of(batch.x)
            if len(digests) > _FULL_PASS_ROWS or time.monotonic() > deadline:
                return None
    return sorted(digests)
