"""Picture files of two parts: which cannot be read, which are odd, dark, blank or blurred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Look
from valgap.evidence.rows import FilesRecord
from valgap.ledger.probes.files import MOST_LISTED, judged

if TYPE_CHECKING:
    from valgap.auditing.measuring import Seen

# Pictures of one colour differ by rounding and compression alone.
ONE_COLOUR = 1.5
# The brightest hundredth below an eighth of the scale, where that of the others is above half.
DARK, BRIGHT = 32.0, 128.0
# Robust deviations of the logarithm: a normal one passes six once in a thousand million.
DEVIATIONS, LEAST_DEVIATION = 6.0, 0.25
# What most pictures of a set have is no fault of single ones.
FEW = 0.05


def files_record(seen: Seen, other: str) -> FilesRecord | None:
    """Returns what was found of the files of a part; None where rows are not read from files.

    Those of training are told with the first of the others.
    """
    if not seen.scanned.looks:
        return None
    is_first = seen.parting.pairs[0][1] == other
    names = ("train", other) if is_first else (other,)
    rows = np.concatenate([seen.parting.rows(name) for name in names])
    return record_of([seen.scanned.looks[int(row)] for row in rows])


def record_of(looks: Sequence[Look]) -> FilesRecord:
    """Returns how many files have what is wrong with a file or its picture."""
    found = judged([look.file for look in looks])
    whole = [look for look in looks if look.file.failure is None]
    blank, dark, blurred = unlike(whole)
    of_these = blank | dark | blurred
    named = [look.file.name for look, is_so in zip(whole, of_these, strict=True) if is_so]
    broken = [look.file.name for look in looks if look.file.failure is not None]
    others = [name for name in found.examples if name not in set(broken)]
    return replace(
        found,
        blank=int(blank.sum()),
        dark=int(dark.sum()),
        blurred=int(blurred.sum()),
        examples=tuple([*broken, *named, *others][:MOST_LISTED]),
    )


def unlike(looks: Sequence[Look]) -> tuple[NDArray[np.bool_], ...]:
    """Returns which pictures are blank, dark and blurred, each by the others of the set.

    A set that is dark or smooth throughout, as of solar cells or of digits, has none.
    """
    none = np.zeros(len(looks), bool)
    if not looks:
        return none, none, none
    brightest, spread, sharpness = (
        np.array([getattr(look, name) for look in looks])
        for name in ("brightest", "spread", "sharpness")
    )
    blank = _few(spread < ONE_COLOUR)
    dark = _few(brightest < DARK) & (np.median(brightest) > BRIGHT) & ~blank
    logs = np.log(np.maximum(sharpness, 1e-3))
    middle = float(np.median(logs))
    deviation = max(LEAST_DEVIATION, 1.4826 * float(np.median(np.abs(logs - middle))))
    blurred = _few(logs < middle - DEVIATIONS * deviation) & ~blank & ~dark
    return blank, dark, blurred


def _few(is_so: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return is_so if is_so.mean() <= FEW else np.zeros_like(is_so)
