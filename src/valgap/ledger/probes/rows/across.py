"""Cheap models of training rows scored on validation rows, and how they grow with rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from valgap.evidence.account import Estimate
from valgap.evidence.rows import LearningPoint
from valgap.ledger.probes.rows.cheap import KINDS, Kind, fitted
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.minirocket import minirocket_scores
from valgap.ledger.probes.rows.scores import score, signal
from valgap.ledger.probes.rows.study import Study

# Draws of each share of the rows: one draw of few rows says little.
SHARES = ((0.25, 3), (0.5, 2), (1.0, 1))
LEAST_TO_LEARN = 40
_SEED = 20240229


@dataclass(frozen=True, slots=True)
class Across:
    """Scores on validation by reference, the kind that did best, and the best signal."""

    scores: Mapping[str, Estimate] = field(default_factory=dict)
    kind: Kind = "linear"
    signal: Estimate | None = None


def across(study: Study) -> Across:
    """Returns how models of training rows do on validation rows.

    Intervals of those that look at inputs allow for the choice of the best among them.
    """
    if not study.can_cross:
        return Across()
    found: dict[str, Estimate] = {}
    signals: list[Estimate] = []
    by_value: dict[Kind, float] = {}
    for kind in (k for k in KINDS if not found or study.clock.has()):
        given = study.crossed(kind, study.x["train"], study.x["validation"])
        _add(study, kind, given, found, signals)
        by_value[kind] = found[kind].value if kind in found else -np.inf
    constant = study.crossed("majority", study.x["train"], study.x["validation"])
    majority = score(study.task, study.y["validation"], constant)
    if majority is not None:
        found["majority"] = majority
    try:
        _add(study, "minirocket", minirocket_scores(study), found, signals)
    except NotApplicableError as reason:
        study.why["minirocket"] = str(reason)
    best = max(by_value, key=lambda kind: by_value[kind])
    return Across(found, best, max(signals, key=lambda e: e.value, default=None))


def _add(
    study: Study,
    name: str,
    given: np.ndarray,
    found: dict[str, Estimate],
    signals: list[Estimate],
) -> None:
    made = score(study.task, study.y["validation"], given, len(KINDS))
    ranked = signal(study.task, study.y["validation"], given, len(KINDS))
    if made is not None:
        found[name] = made
    if ranked is not None:
        signals.append(ranked)


def learning(study: Study, kind: Kind) -> tuple[LearningPoint, ...]:
    """Returns the score on validation for growing shares of the training rows."""
    rows = len(study.y["train"])
    if not study.can_cross or rows < LEAST_TO_LEARN:
        return ()
    rng, asked = np.random.default_rng(_SEED), study.asked("train", study.x["train"])
    points = []
    for share, draws in SHARES:
        size, values = int(share * rows), []
        for _ in range(draws):
            if not study.clock.has():
                return ()
            taken = rng.permutation(rows)[:size]
            given = fitted(kind, asked.take(taken))(study.x["validation"])
            made = score(study.task, study.y["validation"], given)
            if made is not None:
                values.append(made.value)
        if values:
            points.append(LearningPoint(size, float(np.mean(values))))
    return tuple(points)
