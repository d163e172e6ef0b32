"""Whole scripts as different people write them, by someone who had read none of the checks.

Each planted or odd one says how to undo what was planted, so that what it does can be measured.
"""

from __future__ import annotations

from diagnosis.fresh import (
    depth,
    fits,
    heads,
    healthy,
    healthy_more,
    measures,
    odd,
    odd_more,
    pairing,
    rates,
    rows,
    scales,
    splits,
    values,
)

PARTS = (
    depth,
    fits,
    heads,
    healthy,
    healthy_more,
    measures,
    odd,
    odd_more,
    pairing,
    rates,
    rows,
    scales,
    splits,
    values,
)
SCRIPTS = {name: script for part in PARTS for name, script in part.SCRIPTS.items()}
