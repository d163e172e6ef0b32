"""Places, trends and chances in words; a p is Mann and Kendall's, one-sided."""

from __future__ import annotations

from valgap.evidence.log import Log
from valgap.reading.records import PairReading
from valgap.wording import plural, signed

# Smaller chances are not worth their digits.
_LEAST = 1e-4


def where(log: Log, at: float) -> str:
    """Gives back a place as in `epoch 12` or `step 1,500`."""
    return f"{log.unit} {at:,.10g}"


def chance(p: float) -> str:
    """Gives back how probable as steady a trend is without one."""
    return f"p {p:.2g}" if p >= _LEAST else f"p < {_LEAST:g}"


def since_best(pair: PairReading, log: Log) -> str | None:
    """Gives back the trends after the best epoch, None where too few come after it."""
    since, best = pair.since_best, pair.best
    if since is None or best is None:
        return None
    names = pair.course.pair
    lines = []
    for name, line in ((names.validation, since.validation), (names.train, since.train)):
        p = line.rises if line.change >= 0 else line.falls
        lines.append(f"{name} {signed(line.change)} ({chance(p)})")
    points = plural(since.validation.points, log.unit)
    place = f"the {points} after {where(log, best.at)}"
    return f"trend (Theil-Sen, Mann-Kendall) over {place}: {', '.join(lines)}"
