"""Plots of several runs on one page, or on a page that is not ours: kept apart."""

from __future__ import annotations

from dataclasses import replace

from valgap.report.html.plots.canvas import Plot


def apart(plot: Plot, prefix: str) -> Plot:
    """Gives back a plot whose ids begin with a prefix, and whose style holds within it.

    Args:
        plot: A plot.
        prefix: Letters, digits and hyphens; no other plot on the page has it.
    """
    name, svg = f"{prefix}-{plot.name}", plot.svg
    for sign in ('"', "#"):
        svg = svg.replace(f"{sign}{plot.name}-", f"{sign}{name}-")
    svg = svg.replace("*{", f"#{name} *{{").replace("<svg ", f'<svg id="{name}" ', 1)
    return replace(plot, name=name, svg=svg)
