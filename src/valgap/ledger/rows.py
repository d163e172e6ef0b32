"""From states to rows: each delta with its interval, what is merged, what is unaccounted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from valgap.evidence.account import Account, Estimate, Role, Row, RowName
from valgap.evidence.records import Split
from valgap.ledger.states import State, StateName, States
from valgap.observe.known import labels_at
from valgap.stats import by_batch, paired, two_sample

Ints = NDArray[np.int64]
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
_NO_NUMBER = "the figure is not a number"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch logged, and the states evaluated for it.

    `absent` says why a state that is not in `states` is not; `train_rows` and
    `validation_rows` are how many rows the fit put through the loss (None: not known).
    `doubt` is a reason why the figures may be made otherwise than Keras makes them: an
    account that does not close is not given then. `groups` are numbers of the group of each
    row of a split, where they are given.
    """

    epoch: int
    roles: tuple[Role, ...]
    logs: Mapping[str, float | None]
    states: States
    absent: Mapping[StateName, str]
    train_rows: int | None
    validation_rows: int | None
    doubt: str | None = None
    groups: Mapping[Split, Ints] = field(default_factory=dict)


def account(metric: str, at: Epoch) -> Account | None:
    """Returns the ledger of one figure at one epoch, or None where it was not logged."""
    train, validation = at.logs.get(metric), at.logs.get(f"val_{metric}")
    if train is None:
        return None
    rows = _Walk(metric, at, train).rows(validation)
    if at.doubt is not None and not _closes(rows[-1]):
        rows = tuple(_unmeasured(row.row, at.doubt) for row in rows)
        return Account(metric, at.epoch, at.roles, train, validation, rows)
    return Account(metric, at.epoch, at.roles, train, validation, rows, _interaction(metric, at))


def _closes(unaccounted: Row) -> bool:
    low, high = unaccounted.low, unaccounted.high
    return low is not None and high is not None and low <= 0.0 <= high


def _unmeasured(row: RowName, reason: str) -> Row:
    return Row(row, None, None, None, status="unmeasured", reason=reason)


class _Walk:
    """Goes down the chain from the logged training figure, merging rows that have no state."""

    def __init__(self, metric: str, at: Epoch, train: float) -> None:
        self.metric, self.at = metric, at
        self.value = train
        self.state: State | None = None
        self.pending: list[RowName] = []
        self.found: list[Row] = []

    def rows(self, validation: float | None) -> tuple[Row, ...]:
        """Returns all eleven rows, in their order."""
        for name, target in CHAIN:
            after = self.at.states.get(target)
            figure = None if after is None else after.scores.values.get(self.metric)
            if after is None or figure is None or not np.isfinite(figure):
                self.pending.append(name)
            elif not np.isfinite(self.value):
                self._begin_again(name, after)
            else:
                self._step(name, after)
        self.found += [self._without_delta(name, "unmeasured") for name in self.pending]
        self.found.append(self._unaccounted(validation))
        return tuple(self.found)

    def _step(self, name: RowName, after: State) -> None:
        value, estimate = after.scores.values[self.metric], self._estimate(name, after)
        self.found += [self._without_delta(row, "merged", name) for row in self.pending]
        self.found.append(
            Row(
                name,
                self.value,
                value,
                estimate.value,
                estimate.low,
                estimate.high,
                estimate.n,
                parts=self._scale_and_mixture(after) if name == "weights" else {},
            )
        )
        self.value, self.state, self.pending = value, after, []

    def _begin_again(self, name: RowName, after: State) -> None:
        """The logged training figure is no number: what leads from it cannot be measured."""
        self.found += [_unmeasured(row, _NO_NUMBER) for row in (*self.pending, name)]
        self.value, self.state, self.pending = after.scores.values[self.metric], after, []

    def _estimate(self, name: RowName, after: State) -> Estimate:
        """The interval that fits how the two states were drawn: paired wherever they can be."""
        parts, before = after.scores.parts[self.metric], self.state
        if before is None:
            across = "generalisation" in (name, *self.pending)
            found = self._against_logged(name, after, across=across)
        elif not _same_rows(before, after, self.metric):
            found = two_sample(before.scores.parts[self.metric], parts, self._groups(before, after))
        elif "batch-statistics" in (name, *self.pending) and self._unit(after) == "row":
            found = by_batch(parts - before.scores.parts[self.metric], after.sizes)
        else:
            found = paired(parts - before.scores.parts[self.metric])
        # A jackknife's mean is the figure with its bias removed; the delta is the figures' own.
        delta = after.scores.values[self.metric] - self.value
        return _moved(replace(found, n=sum(after.sizes)), delta)

    def _groups(self, before: State, after: State) -> tuple[Ints, Ints] | None:
        """The groups of the rows of two states, where all are known: they are resampled whole."""
        found = [self._groups_of(state) for state in (before, after)]
        return None if found[0] is None or found[1] is None else (found[0], found[1])

    def _groups_of(self, state: State) -> Ints | None:
        told = self.at.groups.get(state.split)
        if told is None or self._unit(state) != "row":
            return None
        return labels_at(told, state.ids)

    def _against_logged(self, name: RowName, after: State, *, across: bool) -> Estimate:
        """A logged figure has no rows: what is left is the sampling and redrawing of ours.

        Across the splits, the rows that the logged training figure rests on would have to be
        known for an interval, so there is none.
        """
        if across:
            return Estimate(after.scores.values[self.metric] - self.value)
        held_out = name in _VALIDATION
        of = self.at.validation_rows if held_out else self.at.train_rows
        redraw = after.draw_variance.get(self.metric, 0.0) * (1 + 1 / after.draws)
        parts = after.scores.parts[self.metric] - self.value
        of = self._units(of, after)
        return paired(parts, of=of, redraw=redraw, draws=after.draws)

    def _unit(self, state: State) -> str:
        return state.scores.units[self.metric]

    def _units(self, of: int | None, state: State) -> int | None:
        """The size of the whole set in the unit that the parts are in."""
        if of is None or self._unit(state) == "row":
            return of
        parts = len(state.scores.parts[self.metric])
        return max(parts, round(parts * of / max(1, sum(state.sizes))))

    def _scale_and_mixture(self, after: State) -> dict[str, float]:
        """Mean weight times the plain loss is the scale; which rows the weights favour the rest."""
        before = self.state
        if self.metric != "loss" or before is None or before.mean_weight is None:
            return {}
        plain = after.scores.values["loss"]
        scale = plain - before.mean_weight * plain
        return {"scale": scale, "mixture": (plain - self.value) - scale}

    def _without_delta(
        self, row: RowName, status: Literal["merged", "unmeasured"], into: str = ""
    ) -> Row:
        target = dict(CHAIN)[row]
        state = self.at.states.get(target)
        known = state is not None and self.metric in state.scores.values
        reason = _NO_NUMBER if known else self.at.absent.get(target, "could not be measured")
        text = f"inside {into}: {reason}" if into else reason
        return Row(row, None, None, None, status=status, reason=text)

    def _unaccounted(self, logged: float | None) -> Row:
        state = self.state
        if logged is None:
            return _unmeasured("unaccounted", "no validation figure was logged")
        if not np.isfinite(logged):
            return _unmeasured("unaccounted", _NO_NUMBER)
        if state is None or self.pending:
            return _unmeasured("unaccounted", "rows are missing above")
        redraw = state.draw_variance.get(self.metric, 0.0) * (1 + 1 / state.draws)
        parts = state.scores.parts[self.metric] - self.value
        of = self._units(self.at.validation_rows, state)
        found = paired(parts, of=of, redraw=redraw, draws=state.draws)
        found = _moved(_widened(found, _ROUNDING * max(1.0, abs(logged))), logged - self.value)
        n = sum(state.sizes)
        return Row("unaccounted", self.value, logged, found.value, found.low, found.high, n)


_VALIDATION = {name for name, _ in CHAIN[6:]}


def _moved(estimate: Estimate, value: float) -> Estimate:
    shift = value - estimate.value
    low = None if estimate.low is None else estimate.low + shift
    high = None if estimate.high is None else estimate.high + shift
    return Estimate(value, low, high, estimate.n)


def _widened(estimate: Estimate, by: float) -> Estimate:
    low = None if estimate.low is None else estimate.low - by
    high = None if estimate.high is None else estimate.high + by
    return replace(estimate, low=low, high=high)


def _same_rows(a: State, b: State, metric: str) -> bool:
    alike = len(a.scores.parts[metric]) == len(b.scores.parts[metric])
    return alike and np.array_equal(a.ids, b.ids) and (a.split == b.split)


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
