"""Draws with matplotlib, and gives back SVG that takes its colours from the page it stands in."""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that stand for variables of the style sheet, so that one drawing suits light and dark.
INK, MUTED, FAINT, PAPER = "#010101", "#020202", "#030303", "#040404"
WORSE, BETTER, TRAIN, VALIDATION = "#050505", "#060606", "#070707", "#080808"
_VARIABLES = {
    INK: "ink", MUTED: "muted", FAINT: "faint", PAPER: "paper",
    WORSE: "worse", BETTER: "better", TRAIN: "train", VALIDATION: "validation",
}  # fmt: skip
# Okabe and Ito, Color Universal Design, 2008: told apart by the colour-blind, on light and dark.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6BB1", "#7F7F7F")

LONGEST = 24
# More points than a page has pixels are not seen, and make it heavy.
MOST_POINTS = 400
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.size": 9,
    "path.simplify_threshold": 0.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


Point = TypeVar("Point")


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing: its heading, what it says in words, and a table of the same numbers.

    `rows` are the lines of the table, the first one its head; `is_wide` wants the whole width.
    """

    name: str
    title: str
    svg: str
    told: str
    rows: tuple[tuple[str, ...], ...] = ()
    is_wide: bool = True


@dataclass(slots=True)
class Canvas:
    """A figure with its axes, and its SVG once the block that drew on it has ended."""

    figure: Figure
    axes: Any
    svg: str = field(default="")

    @property
    def ax(self) -> Axes:
        """The only axes, or the first."""
        axes: Axes = self.axes if hasattr(self.axes, "plot") else self.axes.flat[0]
        return axes


@contextmanager
def canvas(name: str, told: str, size: tuple[float, float], **subplots: Any) -> Iterator[Canvas]:
    """Gives a canvas to draw on; its `svg` is there once the block has ended.

    Args:
        name: Of the plot; ids in the SVG begin with it, as several stand on one page.
        told: What it shows, for those who do not see it.
        size: Width and height in inches; the page stretches it to its own width.
        subplots: As `Figure.subplots` takes them.
    """
    # Not at the head of the file: all forms of report are loaded at once, and this takes long.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(rc=_STYLE | {"svg.hashsalt": name}), warnings.catch_warnings():
        # The browser has the signs that matplotlib's own font lacks.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=size, layout="constrained")
        made = Canvas(figure, figure.subplots(**subplots))
        yield made
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    made.svg = _of_the_page(text.getvalue(), name, told)


def thinned(points: Sequence[Point]) -> list[Point]:
    """Gives back every k-th of very many points, and the last."""
    step = -(-len(points) // MOST_POINTS)
    return list(points) if step < 2 else [*points[:-1][::step], points[-1]]


def plain(text: str, longest: int = LONGEST) -> str:
    """Gives back a name of the user's as a label: on one line, not too long, no formula."""
    # Half of a surrogate pair, or a control character, has no place in SVG.
    known = str(text).encode("utf-8", "replace").decode("utf-8")
    flat = " ".join("".join(c if c.isprintable() else " " for c in known).split())
    cut = flat if len(flat) <= longest else flat[: longest - 1] + "…"
    return cut.replace("$", r"\$")


def _of_the_page(svg: str, name: str, told: str) -> str:
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 system-ui, sans-serif", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    label = html.escape(told, quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
