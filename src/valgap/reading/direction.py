"""Which figures are shares of rows, by the words of their names."""

from __future__ import annotations

import re

from valgap.evidence.directions import direction

# One less such a figure is a share of wrong answers, drawn from that many rows.
_OF_ROWS = re.compile(r"acc|top_?k|top_?\d")


def is_share_of_rows(figure: str) -> bool:
    """Says whether a figure is the share of rows answered rightly, as accuracy is."""
    name = figure.lower()
    is_score = direction(name) == "higher"
    return is_score and _OF_ROWS.search(name) is not None and "balanced" not in name
