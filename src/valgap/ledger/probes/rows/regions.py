"""What the border of a picture tells, and what its centre does, with the rest left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from valgap.evidence.account import Estimate
from valgap.ledger.probes.rows.arrays import Bools
from valgap.ledger.probes.rows.cheap import Kind
from valgap.ledger.probes.rows.features import Block
from valgap.ledger.probes.rows.scores import score
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.study import Study

LEAST_SIDE = 8
"""Cells a side below which a picture has no border to speak of."""

BORDER = 8
"""The border is an eighth of each side wide: 44 % of the picture."""


def border_and_centre(study: Study, kind: Kind) -> Mapping[str, Estimate]:
    """Returns the scores on validation by `border` and by `centre` of pictures and frames."""
    if not study.can_cross:
        return {}
    train, validation = study.prepared.alike()
    found: dict[str, Estimate] = {}
    for region in ("border", "centre"):
        shown = [_cut(block, region) for block in train.blocks]
        kept = [block for block in shown if block is not None]
        if not kept or not study.clock.has():
            return {}
        held_out = [b for block in validation.blocks if (b := _cut(block, region)) is not None]
        space = Space(kept)
        x = study.known("train", space.put(kept))
        new = study.known("validation", space.put(held_out))
        given = study.crossed(kind, x, new)
        made = score(study.task, study.y["validation"], given, 2)
        if made is not None:
            found[region] = made
    return found


def _cut(block: Block, region: str) -> Block | None:
    """The pixels of a block in one region; None where it holds none."""
    if block.part != "pixels" or min(block.shape[:2]) < LEAST_SIDE:
        return None
    border = _border(*block.shape[:2])
    cells = border if region == "border" else ~border
    kept = np.repeat(cells.reshape(-1), block.shape[2])
    return replace(block, values=block.values[:, kept], shape=())


def _border(high: int, wide: int) -> Bools:
    border = np.ones((high, wide), bool)
    border[high // BORDER : high - high // BORDER, wide // BORDER : wide - wide // BORDER] = False
    return border
