"""All plots of a fit, those to look at first by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from valgap.case import Case
from valgap.report.html.plots import (
    attention,
    calibration,
    classes,
    confusion,
    curves,
    layers,
    over_epochs,
    waterfall,
)
from valgap.report.html.plots.canvas import Plot

# Each in the order in which it is read.
_LEAD: tuple[Callable[[Case], Iterator[Plot]], ...] = (
    curves.draw,
    waterfall.draw,
    over_epochs.draw,
)
_MORE: tuple[Callable[[Case], Iterator[Plot]], ...] = (
    confusion.draw,
    classes.draw,
    calibration.draw,
    layers.draw,
    attention.draw,
)


def plots_of(case: Case) -> tuple[tuple[Plot, ...], tuple[Plot, ...]]:
    """Gives back the plots that apply to a fit: those to look at first, and the others.

    First come the loss, where its gap comes from at the last epoch, and what makes it move.
    """
    drawn = [list(_safely(draw, case)) for draw in _LEAD]
    first = tuple(plots[0] for plots in drawn if plots)
    others = [plot for plots in drawn for plot in plots[1:]]
    return first, (*others, *(plot for draw in _MORE for plot in _safely(draw, case)))


def _safely(draw: Callable[[Case], Iterator[Plot]], case: Case) -> Iterator[Plot]:
    """The plots of one kind; a fault of ours leaves a line in their place, not half a report."""
    name = draw.__module__.rpartition(".")[2]
    try:
        yield from draw(case)
    except Exception as error:
        told = f"a fault of valgap itself: {type(error).__name__}"
        yield Plot(f"{name}-{case.fit.id}", f"{name} could not be drawn", "", told)
