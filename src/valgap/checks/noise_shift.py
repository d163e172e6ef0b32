"""Noise layers without which the same weights do worse: layers behind expect the noise."""

from __future__ import annotations

from valgap.case import Case, finite, unmixed
from valgap.checks.batch_statistics import LARGE, deficits
from valgap.checks.outcome import outcome
from valgap.evidence.account import Row


def lost_without_noise(case: Case) -> Row | None:
    """Gives back the row of noise layers where turning them off makes training rows worse.

    By a fifth of the loss or more, in a run that does not do well, and where batch statistics
    (MOD108) are not what suffers.
    """
    account = case.account()
    row = unmixed(account, "noise-layers") if account else None
    if row is None or not (finite(row.before) and finite(row.low) and finite(row.delta)):
        return None
    without = row.before + row.delta
    is_large = row.low > 0 and row.delta >= LARGE * abs(without) > 0
    came_out = outcome(case)
    is_felt = came_out.validation is not None and not came_out.is_good
    return row if is_large and is_felt and not deficits(case) else None
