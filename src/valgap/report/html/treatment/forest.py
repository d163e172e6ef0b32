"""Effects with their intervals, one small drawing a row of a table, all to one scale."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from valgap.wording import figure, places, signed

WIDTH, HEIGHT, EDGE = 200.0, 22.0, 8.0
# Beyond the values themselves the scale goes on for so much of their range, on each side: effects
# have intervals that reach beyond, and one that is wide is not to press the others together.
ROOM, ROOM_OF_EFFECTS = 0.06, 0.35


@dataclass(frozen=True, slots=True)
class Scale:
    """From numbers to places across a drawing. `matters` is half of the band around 0."""

    low: float
    high: float
    matters: float | None = None

    def at(self, value: float) -> float:
        """Gives back the place of a number; one beyond the scale stands at its edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return EDGE + share * (WIDTH - 2 * EDGE)


def scale_of(values: Iterable[float | None], matters: float | None = None) -> Scale:
    """Gives back a scale on which values are seen apart; with `matters`, 0 is on it too.

    Args:
        values: of the points; intervals may go beyond.
        matters: the smallest difference that does.
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    if matters is not None:
        known += [-matters, matters]
    low, high = min(known, default=0.0), max(known, default=1.0)
    share = ROOM if matters is None else ROOM_OF_EFFECTS
    room = share * (high - low) or share * max(abs(high), 1.0)
    return Scale(low - room, high + room, matters)


def drawn(
    scale: Scale, value: float | None, low: float | None, high: float | None, told: str
) -> str:
    """Gives back SVG of a point in its interval, or of the empty scale.

    Args:
        scale: of all rows of the table.
        value: of the point.
        low: of the interval; None where there is none.
        high: likewise.
        told: what is drawn, in words.
    """
    parts = [*_ground(scale)]
    if low is not None and high is not None:
        parts.append(_line(scale.at(low), scale.at(high)))
        parts += [_arrow(scale.at(low), -1)] if low < scale.low else []
        parts += [_arrow(scale.at(high), 1)] if high > scale.high else []
    if value is not None:
        colour = "better" if scale.matters is not None and (low or 0) > 0 else "ink"
        parts.append(
            f'<circle cx="{scale.at(value):.1f}" cy="{HEIGHT / 2}" r="4" fill="var(--{colour})"/>'
        )
    return _svg(parts, told)


def ends(scale: Scale) -> str:
    """Gives back HTML that tells the scale, for the head of the table."""
    write = figure if scale.matters is None else signed
    decimals = max(0, places([scale.low, scale.high]) - 1)
    marks = [(scale.low, write(scale.low, decimals)), (scale.high, write(scale.high, decimals))]
    if scale.matters is not None and WIDTH / 4 < scale.at(0) < 3 * WIDTH / 4:
        marks.append((0.0, "0"))
    told = (
        f'<span style="left:{100 * scale.at(value) / WIDTH:.1f}%">{html.escape(text)}</span>'
        for value, text in marks
    )
    return f'<span class="ends">{"".join(told)}</span>'


def _ground(scale: Scale) -> Sequence[str]:
    if scale.matters is None:
        return ()
    left, right = scale.at(-scale.matters), scale.at(scale.matters)
    return (
        f'<rect x="{left:.1f}" y="0" width="{right - left:.1f}" height="{HEIGHT}" '
        'fill="var(--faint)" opacity="0.45"/>',
        f'<line x1="{scale.at(0):.1f}" x2="{scale.at(0):.1f}" y1="0" y2="{HEIGHT}" '
        'stroke="var(--muted)"/>',
    )


def _line(x1: float, x2: float) -> str:
    y = HEIGHT / 2
    return (
        f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y}" y2="{y}" stroke="var(--ink)" '
        'stroke-width="2"/>'
    )


def _arrow(x: float, way: int) -> str:
    """The interval goes on beyond the scale."""
    y, tip, back = HEIGHT / 2, x + 6 * way, x - way
    way_round = f"M {back:.1f} {y - 4} L {tip:.1f} {y} L {back:.1f} {y + 4} z"
    return f'<path d="{way_round}" fill="var(--ink)"/>'


def _svg(parts: Iterable[str], told: str) -> str:
    return (
        f'<svg role="img" aria-label="{html.escape(told, quote=True)}" '
        f'viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}">{"".join(parts)}</svg>'
    )
