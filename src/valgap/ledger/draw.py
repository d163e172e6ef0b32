"""Draws up the ledger of a watched fit, within its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from valgap.evidence.account import (
    Account,
    EpochPair,
    Ledger,
    Reestimation,
    Role,
    Sample,
    TracePoint,
)
from valgap.evidence.records import EpochRecord
from valgap.ledger.clone import INFERENCE, KNOWN_OFF, Clone, clone_of
from valgap.ledger.forward import Forward
from valgap.ledger.read import Reader
from valgap.ledger.reestimate import reestimations
from valgap.ledger.rows import Epoch, account
from valgap.ledger.score import Scorer
from valgap.ledger.shared import shared_rows
from valgap.ledger.states import Evaluator, State, StateName
from valgap.ledger.trace import point_of, trace_points, volatility
from valgap.observe.live import LiveFit
from valgap.observe.randomness import random_state_kept
from valgap.observe.sources.base import SourceUnreadableError
from valgap.stats import paired, standard_error

DRAWS = 5
LEAST_ROWS = 64
TRACE_ROWS = 256
# Forward passes of one full account, counted in passes over one split's rows.
_PASSES = 4 * DRAWS + 12


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a ledger may take, in seconds, and the most rows a split it may use."""

    seconds: float
    rows: int


ReadWeights = Callable[[str], list[np.ndarray]]


class Unmeasurable(Exception):  # noqa: N818 - not an error but an outcome with a reason
    """There is no account to draw up; the message is the reason in one sentence."""


def draw(live: LiveFit, budget: Budget, read_weights: ReadWeights) -> Ledger:
    """Returns the ledger of a fit. Model, random state and data are left as they were."""
    started = time.monotonic()
    with random_state_kept():
        try:
            ledger = _Drawing(live, budget, read_weights, started).draw()
        except (Unmeasurable, SourceUnreadableError) as reason:
            ledger = Ledger(live.record.id, unmeasured=str(reason))
    return replace(ledger, seconds=time.monotonic() - started)


class _Drawing:
    """One ledger in the making."""

    def __init__(
        self, live: LiveFit, budget: Budget, read_weights: ReadWeights, started: float
    ) -> None:
        _refuse(live)
        self.live, self.read_weights = live, read_weights
        self.epochs = {e.epoch: e for e in live.record.epochs}
        self.kept = [e for e in live.record.epochs if e.weights]
        self.deadline = started + budget.seconds
        self.clone = clone_of(live.model, live.trainable)
        self.notes: list[str] = []
        self.figures = _figures(self.kept[-1], self.notes)
        self.forward = Forward(self.clone)
        self.evaluator = Evaluator(
            self.forward, Scorer(self.clone.model, live.compiled, self.figures), DRAWS
        )
        self.budget = budget

    def draw(self) -> Ledger:
        """Measures, and puts a borrowed model back whatever happens."""
        try:
            return self._draw()
        finally:
            self.clone.close()

    def _draw(self) -> Ledger:
        roles = _roles(self.kept)
        rows, reason = self._affordable(roles)
        reader = Reader(self.live.sources, rows, DRAWS)
        accounts: list[Account] = []
        found: list[Reestimation] = []
        points: list[TracePoint] = []
        ends: dict[Role, tuple[int, State]] = {}
        clean: State | None = None
        sample: Sample | None = None
        for record, why in roles:
            at, epochs_found = self._epoch(reader, record, why)
            found += epochs_found
            for metric in self.figures:
                drawn = account(metric, at)
                if drawn is not None:
                    accounts.append(drawn)
                    points.append(point_of(drawn, _error(at, metric)))
            logged = at.states.get("validation-logged")
            ends.update({role: (record.epoch, logged) for role in why if logged})
            clean = at.states.get("validation-clean") if "last" in why else clean
            sample = sample or _sample(at, reader, reason)
        points += self._trace(rows, {record.epoch for record, _ in roles})
        points.sort(key=lambda p: (p.metric, p.epoch))
        return Ledger(
            fit=self.live.record.id,
            accounts=tuple(accounts),
            reestimations=tuple(found),
            trace=tuple(points),
            volatility={m: self._volatility(points, m) for m in self.figures},
            epoch_pairs=_pairs(ends),
            shared_rows=shared_rows(self.live.sources, 4 * self.budget.rows, clean),
            sample=sample,
            directions=_directions(self.clone.model, self.figures),
            notes=tuple(self.notes),
        )

    def _epoch(
        self, reader: Reader, record: EpochRecord, why: tuple[Role, ...]
    ) -> tuple[Epoch, list[Reestimation]]:
        reading = reader.read(record.epoch)
        weights = self.read_weights(str(record.weights))
        states = self.evaluator.train_states(reading.tables, weights)
        absent = dict(reading.absent)
        self._drop_unsound(states, absent, reading.tables.train_clean)
        self.clone.load(weights)
        swapped = record.validation_weights
        held_out = self.read_weights(swapped) if swapped else weights
        states.update(self.evaluator.validation_states(reading.tables, held_out))
        at = Epoch(
            record.epoch,
            why,
            record.logs,
            states,
            absent,
            self._rows_of("train", record),
            self._rows_of("validation", record),
        )
        if not why or "without-noise" not in states:
            return at, []
        return at, reestimations(self.evaluator, reading.tables, weights, states, record.epoch)

    def _drop_unsound(self, states: Any, absent: dict[StateName, str], clean: Any) -> None:
        """Leaves out states that would not mean what their row says."""
        if absent.get("without-augmentation"):
            states.pop("without-augmentation", None)
        own = [name for name in self.live.overridden if name != "test_step"]
        if own:
            for name in ("trained", "without-penalties", "without-weights"):
                states.pop(name, None)
                absent[name] = f"the model has a {own[0]} of its own"
        if self.clone.kinds["unknown"] and clean is not None and "without-noise" in states:
            layer = self._layer_of_unknown_mode(clean)
            if layer is not None:
                states.pop("without-noise")
                states.pop("noise-on-moving", None)
                absent["without-noise"] = f"layer {layer} has a training mode of its own"

    def _layer_of_unknown_mode(self, clean: Any) -> str | None:
        """The first layer of the user's own, if they make a difference with all others off."""
        import keras

        few = clean.take(np.arange(min(8, clean.rows)))
        passes = [self.forward.run(few, mode).predictions for mode in (KNOWN_OFF, INFERENCE)]
        pairs = zip(*(keras.tree.flatten(list(p)) for p in passes), strict=True)
        if all(np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True) for a, b in pairs):
            return None
        return str(self.clone.kinds["unknown"][0].name)

    def _rows_of(self, split: str, record: EpochRecord) -> int | None:
        """How many rows the logged figure rests on: Keras' count, else what the form says."""
        counted = record.rows_train if split == "train" else record.rows_validation
        source = self.live.sources.train if split == "train" else self.live.sources.validation
        return counted or (None if source is None else source.record.rows)

    def _affordable(
        self, roles: list[tuple[EpochRecord, tuple[Role, ...]]]
    ) -> tuple[int, str | None]:
        """How many rows a split fit the time left, from the pace of a first small pass."""
        first = Reader(self.live.sources, LEAST_ROWS, 1).read(self.kept[-1].epoch)
        table = first.tables.train_clean or first.tables.validation_clean
        if table is None:
            table = next(iter(first.tables.validation_fed), None)
        if table is None:
            raise Unmeasurable("no rows of either split can be read again")
        self.clone.load(self.read_weights(str(self.kept[-1].weights)))
        self.forward.run(table, INFERENCE)  # the trace is not the pace
        began = time.monotonic()
        self.forward.run(table, INFERENCE)
        pace = (time.monotonic() - began) / table.rows
        left = max(1.0, self.deadline - time.monotonic())
        rows = int(0.5 * left / (pace * _PASSES * len(roles)))
        if rows >= self.budget.rows:
            return self.budget.rows, None
        rows = max(LEAST_ROWS, rows)
        return rows, f"at most {rows} rows a split, to stay within {self.budget.seconds:.0f} s"

    def _trace(self, rows: int, done: set[int]) -> list[TracePoint]:
        """The cheap ledger of other kept epochs, spread out, as long as there is time."""
        rest = [e for e in self.kept if e.epoch not in done]
        reader = Reader(self.live.sources, min(rows, TRACE_ROWS), 1)
        self.evaluator.draws = 1
        points: list[TracePoint] = []
        for position in _spread_order(len(rest)):
            if time.monotonic() > self.deadline:
                self.notes.append(
                    f"the trace over the epochs holds {len(done)} of {len(self.kept)}"
                )
                break
            record = rest[position]
            at, _ = self._epoch(reader, record, ())
            points += trace_points(at, self.figures, at.validation_rows)
            done.add(record.epoch)
        return points

    def _volatility(self, points: list[TracePoint], metric: str) -> dict[str, float | None]:
        logged = {e: record.logs.get(metric) for e, record in self.epochs.items()}
        return volatility([p for p in points if p.metric == metric], logged)


def _refuse(live: LiveFit) -> None:
    if live.model is None:
        raise Unmeasurable(live.released or "the model is gone")
    if not any(e.weights for e in live.record.epochs):
        raise Unmeasurable("no epoch came to its end")
    if "test_step" in live.overridden:
        raise Unmeasurable("the model has a test_step of its own: what it logs is not known")


def _figures(record: EpochRecord, notes: list[str]) -> tuple[str, ...]:
    """Logged figures that validation repeats, or all where there is no validation."""
    logs = record.logs
    held_out = [k.removeprefix("val_") for k in logs if k.startswith("val_")]
    plain = [k for k in logs if not k.startswith("val_") and k not in ("lr", "learning_rate")]
    del notes
    return tuple(k for k in plain if not held_out or k in held_out)


def _roles(kept: list[EpochRecord]) -> list[tuple[EpochRecord, tuple[Role, ...]]]:
    """The last, the best and the worst epoch by validation loss, each once."""
    found: dict[int, tuple[EpochRecord, tuple[Role, ...]]] = {}

    def add(record: EpochRecord, role: Role) -> None:
        roles = found.get(record.epoch, (record, ()))[1]
        found[record.epoch] = (record, (*roles, role))

    add(kept[-1], "last")
    scored = [(e.logs["val_loss"], e) for e in kept if _finite(e.logs.get("val_loss"))]
    if scored:
        add(min(scored, key=lambda pair: pair[0] or 0.0)[1], "best")
        add(max(scored, key=lambda pair: pair[0] or 0.0)[1], "worst")
    return list(found.values())


def _finite(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))


def _spread_order(n: int) -> list[int]:
    """Positions so that any beginning of the list is spread over the whole range."""
    order: list[int] = []
    step = 1
    while step < n:
        step *= 2
    seen = set()
    while step >= 1:
        for position in range(n - 1, -1, -step):
            if position not in seen:
                seen.add(position)
                order.append(position)
        step //= 2
    return order


def _sample(at: Epoch, reader: Reader, reason: str | None) -> Sample:
    def used(names: tuple[StateName, ...]) -> int:
        return max((sum(at.states[n].sizes) for n in names if n in at.states), default=0)

    sources = reader.sources
    held_out = sources.validation
    return Sample(
        train=used(("inference", "trained")),
        train_total=sources.train.record.rows,
        validation=used(("validation-clean", "validation-fed")),
        validation_total=None if held_out is None else held_out.record.rows,
        reason=reason,
    )


def _pairs(ends: dict[Role, tuple[int, State]]) -> tuple[EpochPair, ...]:
    """The logged validation figure at the last epoch less that at the best, paired by row."""
    if "last" not in ends or "best" not in ends or ends["last"][0] == ends["best"][0]:
        return ()
    (last, after), (best, before) = ends["last"], ends["best"]
    if not np.array_equal(after.ids, before.ids):
        return ()
    return tuple(
        EpochPair(metric, best, last, paired(parts - before.scores.parts[metric]))
        for metric, parts in after.scores.parts.items()
        if len(parts) == len(before.scores.parts.get(metric, ()))
    )


def _error(at: Epoch, metric: str) -> float | None:
    state = at.states.get("validation-logged")
    if state is None or state.scores.units.get(metric) != "row":
        return None
    error = standard_error(state.scores.parts[metric])
    used = sum(state.sizes)
    total = at.validation_rows or used
    return None if error is None else error * float(np.sqrt(used / total))


def _directions(model: Any, figures: tuple[str, ...]) -> dict[str, Any]:
    """Which way is better: losses and errors down, the rest up."""
    down = ("loss", "error", "mse", "mae", "mape", "msle", "divergence", "crossentropy")
    del model
    return {f: "lower" if any(word in f.lower() for word in down) else "higher" for f in figures}
