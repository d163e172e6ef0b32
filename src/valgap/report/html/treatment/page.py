"""The page of a study as one HTML file, and the part of it that a notebook shows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from valgap.report.html.plots.apart import apart
from valgap.report.html.plots.canvas import Plot
from valgap.report.html.templates import filled, resource
from valgap.report.html.treatment import curves
from valgap.report.html.treatment.about import About
from valgap.report.html.treatment.trials import left_out, trials_of
from valgap.report.html.treatment.views import (
    facts_of,
    in_short,
    look_of,
    path_of,
    remedies_of,
    told_of_look,
)
from valgap.report.notebook.style import narrowed_style
from valgap.report.treatment_words import judging_rows, next_steps
from valgap.treatment.record import Treatment

PAGE = "treatment.html"
_STYLE = "treatment/treatment.css"


def page_of(found: Treatment, about: About) -> str:
    """Gives back the page, in ASCII; it asks for nothing from elsewhere, all text is escaped.

    Args:
        found: by the study.
        about: whose fit it is.
    """
    text = filled(
        "treatment/page.html.j2",
        style=resource("style.css") + resource(_STYLE),
        facts=(*about.facts, *facts_of(found)),
        change=about.change,
        left_out=tuple(left_out(found)),
        trials=tuple(trials_of(found)),
        next_steps=tuple(next_steps(found)),
        plots=_plots(found),
        **_shared(found),
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


def fragment_of(found: Treatment, folder: str) -> str:
    """Gives back the answer, the last look, remedies and curves, for a page that is not ours.

    Args:
        found: by the study.
        folder: with the results, as the reader knows it.
    """
    mark = f"v{secrets.token_hex(4)}"
    return filled(
        "treatment/fragment.html.j2",
        style=narrowed_style(_STYLE),
        folder=folder,
        plots=[apart(plot, mark) for plot in _plots(found)],
        **_shared(found),
    )


def _shared(found: Treatment) -> dict[str, Any]:
    return {
        "found": found,
        "verdict": f"{found.answer}: {found.reason}",
        "in_short": in_short(found),
        "judging": judging_rows(found),
        "look": look_of(found),
        "told": tuple(told_of_look(found)),
        "remedies": remedies_of(found),
        "path": path_of(found),
    }


def _plots(found: Treatment) -> tuple[Plot, ...]:
    return tuple(_safely(curves.draw, found))


def _safely(draw: Callable[[Treatment], Iterator[Plot]], found: Treatment) -> Iterator[Plot]:
    """The plots; a fault of ours leaves a line in their place, not half a page."""
    try:
        yield from draw(found)
    except Exception as error:
        told = f"a fault of valgap itself: {type(error).__name__}"
        yield Plot("last", "curves could not be drawn", "", told)
