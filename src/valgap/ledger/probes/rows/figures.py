"""The own model's clean validation figures on some of the rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from valgap.evidence.account import Estimate
from valgap.ledger.probes.rows.arrays import Bools
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.stats import paired


def figures(prepared: Prepared, part: Part, chosen: Bools) -> Mapping[str, Estimate]:
    """Returns each figure that is a mean over rows, with its 95 % interval over those chosen.

    Args:
        prepared: the rows.
        part: those of validation that were looked at.
        chosen: which of them, shape (rows of the part,).
    """
    own = prepared.sampled.own.get("validation")
    if own is None or not chosen.any():
        return {}
    rows = prepared.sampled.tables["validation"].rows
    found: dict[str, Estimate] = {}
    for name, parts in own.parts.items():
        if np.shape(parts) != (rows,):
            continue
        values = np.asarray(parts, dtype=np.float64)[part.index][chosen]
        if np.all(np.isfinite(values)):
            found[name] = paired(values)
    return found
