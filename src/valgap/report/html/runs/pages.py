"""The pages about several runs, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from valgap.report.html.runs.beside import Side, both_curves, key_figures, ledgers, what_differs
from valgap.report.html.runs.line import RunLine
from valgap.report.html.runs.order import Order, columns, in_order
from valgap.report.html.templates import filled, resource

# Often enough to follow a fit, seldom enough to read a line in between.
REFRESH_SECONDS = 10
# Until all are read the page asks at once for the next of them.
WAITING_SECONDS = 1


def list_page(lines: Sequence[RunLine], order: Order, *, is_live: bool = True) -> str:
    """Gives back the page of all runs; it asks for itself again while one is going on.

    Args:
        lines: The runs.
        order: How to sort them.
        is_live: Whether it may do so: a reader who ticks boxes can hold it still.
    """
    going_on = sum(line.status == "running" for line in lines)
    waiting = sum(line.status == "not read yet" for line in lines)
    live = "" if is_live else "&live=off"
    return _page(
        "list",
        "valgap: all runs",
        lines=in_order(lines, order),
        columns=columns(order, live),
        order=order,
        going_on=going_on,
        waiting=waiting,
        is_live=is_live,
        every=REFRESH_SECONDS,
        refresh=WAITING_SECONDS if waiting else REFRESH_SECONDS if going_on and is_live else 0,
    )


def beside_page(sides: tuple[Side, Side]) -> str:
    """Gives back the page of two runs side by side."""
    return _page(
        "beside",
        f"valgap: {sides[0].line.id} beside {sides[1].line.id}",
        sides=sides,
        figures=key_figures(sides),
        differing=what_differs(sides),
        ledgers=ledgers(sides),
        plots=both_curves(sides),
        refresh=0,
    )


def message_page(message: str, *, has_home: bool = True, goes_home: bool = False) -> str:
    """Gives back a page of one sentence.

    Args:
        message: The sentence.
        has_home: Whether there is a way to the page of all runs.
        goes_home: Whether it goes there by itself.
    """
    return _page(
        "message", f"valgap: {message}", message=message, has_home=has_home, home=goes_home
    )


def _page(name: str, title: str, **values: object) -> str:
    style = resource("style.css") + resource("runs/runs.css")
    return filled(f"runs/{name}.html.j2", title=title, style=style, **values)
