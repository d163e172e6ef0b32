"""From states to rows: each delta with its interval, what is merged, what is unaccounted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from valgap.evidence.account import Account, Estimate, Role, Row, RowName
from valgap.ledger.states import State, StateName, States
from valgap.stats import by_batch, paired, two_sample

CHAIN: tuple[tuple[RowName, StateName], ...] = (
    ("epoch-averaging", "trained"),
    ("penalties-train", "without-penalties"),
    ("weights", "without-weights"),
    ("augmentation", "without-augmentation"),
    ("noise-layers", "without-noise"),
    ("batch-statistics", "inference"),
    ("generalisation", "validation-clean"),
    ("validation-pipeline", "validation-fed"),
    ("validation-weights", "validation-weighted"),
    ("penalties-validation", "validation-logged"),
)
# Single precision: what is left when everything is recomputed on the same rows.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch logged, and the states evaluated for it.

    `absent` says why a state that is not in `states` is not; `train_rows` and
    `validation_rows` are how many rows the fit put through the loss (None: not known).
    """

    epoch: int
    roles: tuple[Role, ...]
    logs: Mapping[str, float | None]
    states: States
    absent: Mapping[StateName, str]
    train_rows: int | None
    validation_rows: int | None


def account(metric: str, at: Epoch) -> Account | None:
    """Returns the ledger of one figure at one epoch, or None where it was not logged."""
    train, validation = at.logs.get(metric), at.logs.get(f"val_{metric}")
    if train is None:
        return None
    rows: list[Row] = []
    value, state, pending = train, None, []
    for name, target in CHAIN:
        after = at.states.get(target)
        if after is None or metric not in after.scores.values:
            pending.append(name)
            continue
        estimate = _estimate(metric, name, pending, value, state, after, at)
        rows += [_merged(row, name, at) for row in pending]
        rows.append(_measured(name, value, after, metric, estimate, state))
        value, state, pending = after.scores.values[metric], after, []
    rows += _unmeasured(pending, at)
    rows.append(_unaccounted(metric, value, state, validation, bool(pending), at))
    return Account(
        metric, at.epoch, at.roles, train, validation, tuple(rows), _interaction(metric, at)
    )


def _estimate(
    metric: str,
    name: RowName,
    pending: list[RowName],
    value: float,
    before: State | None,
    after: State,
    at: Epoch,
) -> Estimate:
    parts, n = after.scores.parts[metric], sum(after.sizes)
    if before is None:
        of = at.train_rows if name not in _VALIDATION else at.validation_rows
        redraw = after.draw_variance.get(metric, 0.0) * (1 + 1 / after.draws)
        found = paired(parts - value, extra_variance=redraw, of=_units(of, after, metric))
    elif not _same_rows(before, after, metric):
        found = two_sample(before.scores.parts[metric], parts)
    elif "batch-statistics" in (name, *pending) and after.scores.units[metric] == "row":
        found = by_batch(parts - before.scores.parts[metric], after.sizes)
    else:
        found = paired(parts - before.scores.parts[metric])
    # A jackknife's mean is the figure with its bias removed; the delta is the figures' own.
    delta = after.scores.values[metric] - value
    return _moved(replace(found, n=n), delta)


_VALIDATION = {name for name, _ in CHAIN[6:]}


def _moved(estimate: Estimate, value: float) -> Estimate:
    shift = value - estimate.value
    low = None if estimate.low is None else estimate.low + shift
    high = None if estimate.high is None else estimate.high + shift
    return Estimate(value, low, high, estimate.n)


def _units(of: int | None, state: State, metric: str) -> int | None:
    """The size of the whole set in the unit that the parts are in."""
    if of is None or state.scores.units[metric] == "row":
        return of
    parts = len(state.scores.parts[metric])
    return max(parts, round(parts * of / max(1, sum(state.sizes))))


def _same_rows(a: State, b: State, metric: str) -> bool:
    alike = len(a.scores.parts[metric]) == len(b.scores.parts[metric])
    return alike and np.array_equal(a.ids, b.ids) and (a.split == b.split)


def _measured(
    name: RowName, value: float, after: State, metric: str, found: Estimate, before: State | None
) -> Row:
    parts: dict[str, float] = {}
    if name == "weights" and metric == "loss" and before is not None:
        parts = _scale_and_mixture(value, after, metric, before)
    return Row(
        name,
        value,
        after.scores.values[metric],
        found.value,
        found.low,
        found.high,
        found.n,
        parts=parts,
    )


def _scale_and_mixture(value: float, after: State, metric: str, before: State) -> dict[str, float]:
    """Mean weight times the plain loss is the scale; which rows the weights favour the rest."""
    plain = after.scores.values[metric]
    if before.mean_weight is None:
        return {}
    scale = plain - before.mean_weight * plain
    return {"scale": scale, "mixture": (plain - value) - scale}


def _merged(row: RowName, into: RowName, at: Epoch) -> Row:
    target = dict(CHAIN)[row]
    reason = at.absent.get(target, "could not be measured")
    return Row(row, None, None, None, status="merged", reason=f"inside {into}: {reason}")


def _unmeasured(pending: list[RowName], at: Epoch) -> list[Row]:
    states = dict(CHAIN)
    return [
        Row(
            name,
            None,
            None,
            None,
            status="unmeasured",
            reason=at.absent.get(states[name], "could not be measured"),
        )
        for name in pending
    ]


def _unaccounted(
    metric: str,
    value: float,
    state: State | None,
    logged: float | None,
    open_end: bool,
    at: Epoch,
) -> Row:
    if logged is None or state is None or open_end:
        reason = "no validation figure was logged" if logged is None else "rows are missing above"
        return Row("unaccounted", None, None, None, status="unmeasured", reason=reason)
    redraw = state.draw_variance.get(metric, 0.0) * (1 + 1 / state.draws)
    rounding = (_ROUNDING * max(1.0, abs(logged))) ** 2
    parts = state.scores.parts[metric]
    of = _units(at.validation_rows, state, metric)
    found = _moved(paired(parts - value, extra_variance=redraw + rounding, of=of), logged - value)
    return Row("unaccounted", value, logged, found.value, found.low, found.high, sum(state.sizes))


def _interaction(metric: str, at: Epoch) -> Estimate | None:
    """How much larger the step to moving statistics is with noise off than with noise on."""
    names: tuple[StateName, ...] = (
        "without-augmentation",
        "noise-on-moving",
        "without-noise",
        "inference",
    )
    found = [at.states.get(name) for name in names]
    if any(s is None or metric not in s.scores.parts for s in found):
        return None
    noisy, noisy_moving, quiet, quiet_moving = (s.scores.parts[metric] for s in found if s)
    return paired((quiet_moving - quiet) - (noisy_moving - noisy))
