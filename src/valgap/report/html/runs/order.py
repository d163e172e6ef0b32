"""The columns of the list of runs, and the order that a reader asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from valgap.report.html.runs.line import RunLine

_VALUES: dict[str, Callable[[RunLine], Any]] = {
    "run": lambda line: line.id,
    "script": lambda line: line.script,
    "when": lambda line: line.id[:15],
    "status": lambda line: line.status,
    "fits": lambda line: line.fits,
    "epochs": lambda line: line.epochs,
    "last": lambda line: line.last,
    "best": lambda line: line.best,
    "verdict": lambda line: line.verdict,
}
# What a first click on a column wants: the newest, the most; else the first or the least.
_DOWN_FIRST = ("run", "when", "fits", "epochs")
_TITLES = {"last": "last val_loss", "best": "best val_loss"}


@dataclass(frozen=True, slots=True)
class Order:
    """A column to sort by, and whether from its greatest value."""

    column: str = "when"
    is_down: bool = True

    @classmethod
    def asked(cls, sort: str, order: str) -> Order:
        """Gives back what an address asks for; what it cannot mean is left out."""
        if sort not in _VALUES:
            return cls()
        return cls(sort, order == "desc" if order in ("asc", "desc") else sort in _DOWN_FIRST)


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column, and the address that sorts by it."""

    title: str
    query: str
    sorted: str


def columns(order: Order, live: str = "") -> list[Column]:
    """Gives back the heads of all columns; that of the order at hand turns it round.

    Args:
        order: The order at hand.
        live: What else stands in the address, as `&live=off`.
    """
    return [_column(name, order, live) for name in _VALUES]


def _column(name: str, order: Order, live: str) -> Column:
    is_this = name == order.column
    down = not order.is_down if is_this else name in _DOWN_FIRST
    now = ("descending" if order.is_down else "ascending") if is_this else ""
    query = f"?sort={name}&order={'desc' if down else 'asc'}{live}"
    return Column(_TITLES.get(name, name), query, now)


def in_order(lines: Iterable[RunLine], order: Order) -> list[RunLine]:
    """Gives back the lines in an order; equal ones by time, those without a value last."""
    value = _VALUES[order.column]
    newest = sorted(lines, key=lambda line: line.id, reverse=True)
    known = [line for line in newest if value(line) not in (None, "")]
    known.sort(key=value, reverse=order.is_down)
    return [*known, *(line for line in newest if value(line) in (None, ""))]
