"""Numbers as a reader wants them: as many places as their size bears."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.evidence.records import FitRecord

# Above this, digits are too many to be read.
HUGE = 1e7


def places(values: Iterable[float | None]) -> int:
    """Gives back the decimals that suit the largest of some numbers: three figures."""
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v)]
    largest = max(sizes, default=0.0)
    if largest == 0.0:
        return 2
    return min(8, max(0, 2 - math.floor(math.log10(largest))))


def figure(value: float | None, decimals: int | None = None) -> str:
    """Gives back a figure, in three digits unless told how many decimals."""
    if value is None or not math.isfinite(value):
        return "none"
    if abs(value) >= HUGE:
        return f"{value:.2e}"
    return f"{value:,.{places([value]) if decimals is None else decimals}f}"


def signed(value: float | None, decimals: int | None = None) -> str:
    """Gives back a difference with its sign; 0 has none."""
    if value is None or not math.isfinite(value):
        return "none"
    if abs(value) >= HUGE:
        return f"{value:+.2e}"
    text = f"{value:+,.{places([value]) if decimals is None else decimals}f}"
    return text[1:] if not any(digit in text for digit in "123456789") else text


def percent(share: float) -> str:
    """Gives back a share as a percentage without decimals."""
    return f"{100 * share:.0f} %"


def count(rows: int | None) -> str:
    """Gives back a number of things, or a question mark where it is not known."""
    return "?" if rows is None else f"{rows:,}"


def plural(number: int, thing: str) -> str:
    """Gives back a number with its thing, as in `1 fit` and `2 fits`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def shown_epoch(epoch: int, fit: FitRecord) -> str:
    """Gives back an epoch as Keras prints it while it trains, counted from 1."""
    last = max((e.epoch for e in fit.epochs), default=epoch)
    return f"epoch {epoch + 1} of {last + 1}"
