"""What the history of a fit says while it goes on, in one line: facts that cost nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from valgap.case import finite
from valgap.evidence.records import EpochRecord
from valgap.wording import figure, places, signed

# Fewer epochs say nothing of a direction.
_FEWEST = 3
# A change from one epoch to the next that is this many times the usual one is a jump.
_JUMP = 5.0


def so_far(epochs: Sequence[EpochRecord], of: int | None = None) -> str:
    """Gives back where a fit stands: epoch, figures, gap, best epoch, and what it does since.

    Args:
        epochs: Those that have ended, in their order.
        of: How many were asked for, where that is known.
    """
    if not epochs:
        return "no epoch has ended yet"
    last = epochs[-1]
    asked = f" of {of}" if of and of > last.epoch else ""
    return f"epoch {last.epoch + 1}{asked}: {', '.join(_facts(epochs)) or 'no figures'}"


def _facts(epochs: Sequence[EpochRecord]) -> Iterator[str]:
    name = watched_figure(epochs[-1].logs)
    known = {e.epoch: v for e in epochs if finite(v := e.logs.get(name))}
    train = epochs[-1].logs.get(name.removeprefix("val_"))
    if epochs[-1].epoch not in known:
        yield f"{name} is not a number" if name in epochs[-1].logs else f"no {name} in this one"
        return
    now = known[epochs[-1].epoch]
    decimals = places([now, train])
    yield f"{name} {figure(now, decimals)}"
    if name.startswith("val_") and finite(train):
        yield f"gap {signed(now - train, decimals)}"
    if name.endswith("loss"):
        yield from _course(known, decimals)


def _course(known: Mapping[int, float], decimals: int) -> Iterator[str]:
    """The best epoch, whether the loss rises since then, and the last jump."""
    last, best = max(known), min(known, key=lambda epoch: known[epoch])
    if best < last:
        yield f"best {figure(known[best], decimals)} at epoch {best + 1}"
    since = [value for epoch, value in known.items() if epoch > best]
    moves = [abs(b - a) for a, b in pairwise(known.values())]
    usual = statistics.median(moves) if moves else 0.0
    if len(since) >= _FEWEST and min(since[-_FEWEST:]) > known[best] + usual:
        yield "above it since" if len(since) == _FEWEST else f"above it for {len(since)} epochs"
    jumps = [b for a, b in pairwise(known) if known[b] - known[a] > _JUMP * usual > 0]
    if len(known) > 2 * _FEWEST and jumps:
        yield f"jumped at epoch {jumps[-1] + 1}"


def watched_figure(logs: Mapping[str, float | None]) -> str:
    """Gives back the figure to follow: val_loss, else the first of validation, else the loss."""
    of_validation = (name for name in logs if name.startswith("val_"))
    return "val_loss" if "val_loss" in logs else next(of_validation, "loss")
