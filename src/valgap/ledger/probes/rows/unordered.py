"""What cheap models make of series and frames whose steps were put in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.evidence.account import Estimate
from valgap.ledger.probes.rows.cheap import Kind
from valgap.ledger.probes.rows.scores import score
from valgap.ledger.probes.rows.space import Space
from valgap.ledger.probes.rows.study import Study
from valgap.observe.sources.nested import Nested, map_leaves

IN_ORDER = ("series", "frames")
_SEED = 20240229


def unordered(study: Study, kind: Kind) -> Estimate | None:
    """Returns the score on validation with the steps of each row permuted, by themselves.

    The same reference, trained and tested on rows in which order tells nothing. None where no
    input has an order.
    """
    kinds = study.prepared.kinds
    if not study.can_cross or not study.clock.has() or not set(kinds.values()) & set(IN_ORDER):
        return None
    rng = np.random.default_rng(_SEED)
    blocks = [
        study.prepared.features(split, lambda x: _permuted(x, rng))
        for split in ("train", "validation")
    ]
    space = Space(blocks[0])
    x = study.known("train", space.put(blocks[0]))
    given = study.crossed(kind, x, study.known("validation", space.put(blocks[1])))
    return score(study.task, study.y["validation"], given, 2)


def _permuted(x: Nested, rng: np.random.Generator) -> Nested:
    """Every array of steps with those of each row in an order of their own."""

    def shuffled(leaf: Any) -> Any:
        array = np.asarray(leaf)
        if array.ndim < 3:
            return leaf
        order = rng.permuted(np.tile(np.arange(array.shape[1]), (len(array), 1)), axis=1)
        return array[np.arange(len(array))[:, None], order]

    return map_leaves(shuffled, x)
