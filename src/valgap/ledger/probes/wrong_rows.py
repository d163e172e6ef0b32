"""The rows that the model was most confidently wrong about, for those who asked to see them."""

from __future__ import annotations

import numpy as np

from valgap.evidence.model import ModelMeasured
from valgap.evidence.samples import Samples
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import leaves


def wrong_rows(model: ModelMeasured, validation: Table) -> Samples | None:
    """Returns those rows of the first input, or None where none is known."""
    told = [p.worst_rows for p in model.predictions if p.split == "validation" and p.worst_rows]
    first = next(leaves(validation.x), None)
    if not told or first is None:
        return None
    # A row without an identity is told by its place in the sample, as predictions do.
    known = np.where(validation.ids >= 0, validation.ids, np.arange(len(validation.ids)))
    places = {int(name): place for place, name in enumerate(known)}
    wanted = [name for name in told[0] if name in places]
    rows = np.asarray(first)[[places[name] for name in wanted]]
    if not wanted or rows.dtype == object:
        return None
    return Samples(np.asarray(wanted, dtype=np.int64), rows)
