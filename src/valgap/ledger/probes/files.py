"""The picture files that rows are read from: which cannot be read, which are unlike the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.rows import FilesRecord
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.observe.pictures import Looked, can_look, look_at
from valgap.observe.sources.files import PictureFiles

TIMES_OFF = 4.0
"""Sides and aspects further from the median than so many times are odd."""

MOST_LISTED = 20
_AT_ONCE = 50


def files_record(files: PictureFiles | None, clock: Clock) -> FilesRecord:
    """Returns what was found of the files, of as many as there was time for.

    Args:
        files: the files that the pipelines name.
        clock: no more are opened when its time is over.

    Raises:
        NotApplicableError: where no files are named, none is there any more, or Pillow is not.
    """
    if files is None:
        raise NotApplicableError("rows are not read from picture files that the data names")
    if not can_look():
        raise NotApplicableError("Pillow is not installed: pip install pillow")
    seen = [one for one in _looked_at(files, clock) if one.failure != "gone"]
    if not seen:
        raise NotApplicableError("the files that rows were read from are no longer there")
    return judged(seen)


def _looked_at(files: PictureFiles, clock: Clock) -> list[Looked]:
    # In an order of its own: where time runs out, the rest must not be one class.
    order = np.random.default_rng(len(files.paths)).permutation(len(files.paths))
    seen: list[Looked] = []
    for place, i in enumerate(order):
        if place and place % _AT_ONCE == 0 and not clock.has():
            break
        seen.append(look_at(files.paths[i], files.decoder))
    return sorted(seen, key=lambda one: one.name)


def judged(seen: Sequence[Looked]) -> FilesRecord:
    """Returns how many of the files have what is wrong with a file."""
    whole = [one for one in seen if one.failure is None]
    modes = Counter(one.mode for one in whole)
    common = max(modes, key=lambda mode: modes[mode], default="")
    odd, small = _odd_sizes(whole)
    other = [one.mode != common for one in whole]
    unlike = [one.name for one, m, s in zip(whole, other, odd, strict=True) if m or s]
    broken = [one.name for one in seen if one.failure is not None]
    return FilesRecord(
        len(seen),
        unreadable=sum(one.failure == "unreadable" for one in seen),
        empty=sum(one.failure == "empty" for one in seen),
        odd_mode=sum(other),
        odd_size=int(odd.sum()),
        small=int(small.sum()),
        examples=tuple([*broken, *unlike][:MOST_LISTED]),
    )


def _odd_sizes(whole: Sequence[Looked]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which files are of odd size or aspect, and which are far smaller both ways."""
    if not whole:
        return np.zeros(0, bool), np.zeros(0, bool)
    sides = np.log(np.maximum([one.size for one in whole], 1))
    middle = np.median(sides, axis=0)
    aspect = sides[:, 0] - sides[:, 1]
    limit = np.log(TIMES_OFF)
    off = (np.abs(sides - middle) > limit).any(axis=1)
    drawn_out = np.abs(aspect - np.median(aspect)) > limit
    return off | drawn_out, (sides - middle < -limit).all(axis=1)
