"""Draws up the ledger of a watched fit, within its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from valgap.config import ALL_ROWS
from valgap.evidence.account import (
    Account,
    EpochPair,
    Ledger,
    Reestimation,
    Role,
    Sample,
    TracePoint,
)
from valgap.evidence.directions import Direction, direction
from valgap.evidence.records import EpochRecord
from valgap.ledger.clone import INFERENCE
from valgap.ledger.costs import LOOK_ROWS, Affordable, affordable, costs_of
from valgap.ledger.forward import Forward
from valgap.ledger.plan import DRAWS, Budget, chosen_epochs, spread_order
from valgap.ledger.read import Reader
from valgap.ledger.reestimate import reestimations
from valgap.ledger.rows import Epoch, account
from valgap.ledger.score import Scorer
from valgap.ledger.shared import shared_rows
from valgap.ledger.soundness import drop_unsound, inference_is_random, layer_of_unknown_mode
from valgap.ledger.stand_in import stand_in
from valgap.ledger.states import Evaluator, State, StateName, Tables
from valgap.ledger.trace import sampling_error, trace_point, volatility
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.live import LiveFit
from valgap.observe.randomness import random_state_kept
from valgap.observe.sources.base import SourceUnreadableError
from valgap.stats import paired

ReadWeights = Callable[[str], list[np.ndarray]]
_ALL: dict[str, Any] = {"train": ALL_ROWS, "validation": ALL_ROWS, "reason": None}
_STANDING_OUT = 4  # epochs of the trace that are taken first for their validation loss
_HASHED_PER_ROW = 4  # rows compared across the splits, a row of the ledger's sample


def draw(live: LiveFit, budget: Budget, read_weights: ReadWeights) -> Ledger:
    """Returns the ledger of a fit. Model, random state and data are left as they were."""
    started = time.monotonic()
    with random_state_kept():
        try:
            ledger = _drawn(live, budget, read_weights, started + budget.seconds)
        except (UnmeasurableError, SourceUnreadableError) as reason:
            ledger = Ledger(live.record.id, unmeasured=str(reason))
    return replace(ledger, seconds=time.monotonic() - started)


def _drawn(live: LiveFit, budget: Budget, read_weights: ReadWeights, deadline: float) -> Ledger:
    _refuse(live)
    last = [e for e in live.record.epochs if e.weights][-1].epoch
    look = Reader(live.sources, LOOK_ROWS, LOOK_ROWS, 1).read(last).tables
    clone = stand_in(live, look.train_clean or look.validation_clean)
    try:
        return _Drawing(live, Forward(clone), read_weights, deadline).draw(budget, look)
    finally:
        clone.close()


def _refuse(live: LiveFit) -> None:
    if live.model is None:
        raise UnmeasurableError(live.released or "the model is gone")
    if not any(e.weights for e in live.record.epochs):
        raise UnmeasurableError("no epoch came to its end")
    if "test_step" in live.overridden:
        raise UnmeasurableError("the model has a test_step of its own: what it logs is not known")


@dataclass(slots=True)
class _Found:
    """What is gathered over the chosen epochs."""

    accounts: list[Account] = field(default_factory=list)
    reestimations: list[Reestimation] = field(default_factory=list)
    points: list[TracePoint] = field(default_factory=list)
    logged: dict[Role, tuple[int, State]] = field(default_factory=dict)
    clean: State | None = None
    used: tuple[int, int] = (0, 0)


class _Drawing:
    """One ledger in the making."""

    def __init__(
        self, live: LiveFit, forward: Forward, read_weights: ReadWeights, deadline: float
    ) -> None:
        self.live, self.forward, self.read_weights = live, forward, read_weights
        self.deadline = deadline
        self.kept = [e for e in live.record.epochs if e.weights]
        self.figures = figures_of(self.kept[-1].logs)
        scorer = Scorer(forward.clone.model, live.compiled, self.figures)
        self.evaluator = Evaluator(forward, scorer, DRAWS)
        self.groups = live.known.group_numbers()
        self.notes: list[str] = []
        self.unknown_layer: str | None = None

    def draw(self, budget: Budget, look: Tables) -> Ledger:
        """Measures the chosen epochs in full, the others cheaply as long as there is time."""
        if budget.rows >= ALL_ROWS:  # who asks for all gives the time, for the trace as well
            self.deadline = float("inf")
        chosen = chosen_epochs(self.kept)
        can = self._first_look(len(chosen), budget, look)
        reader = Reader(self.live.sources, can.train, can.validation, DRAWS)
        found = _Found()
        for record, roles in chosen:
            if found.accounts and time.monotonic() > self.deadline:
                self.notes.append(f"no account of the {', '.join(roles)} epoch, for want of time")
                continue
            self._measure(found, self._epoch(reader, record, roles, found))
        found.points += self._trace(can, {record.epoch for record, _ in chosen})
        found.points.sort(key=lambda p: (p.metric, p.epoch))
        return Ledger(
            fit=self.live.record.id,
            accounts=tuple(found.accounts),
            reestimations=tuple(found.reestimations),
            trace=tuple(found.points),
            volatility={m: self._volatility(found.points, m) for m in self.figures},
            epoch_pairs=epoch_pairs(found.logged),
            shared_rows=shared_rows(self.live.sources, _HASHED_PER_ROW * budget.rows, found.clean),
            sample=self._sample(found.used, can.reason),
            directions=directions(self.figures),
            notes=tuple(self.notes),
        )

    def _first_look(self, epochs: int, budget: Budget, tables: Tables) -> Affordable:
        """A few rows tell the pace, and whether a layer of the user's own has modes."""
        sources = self.live.sources
        self.forward.clone.load(self.read_weights(str(self.kept[-1].weights)))
        costs = costs_of(self.forward, tables, sources, budget.rows)
        self.unknown_layer = layer_of_unknown_mode(self.forward, tables.train_clean)
        self._look_at_figures(tables)
        can = affordable(costs, epochs, budget.seconds, self.deadline - time.monotonic())
        return replace(can, **_ALL) if budget.rows >= ALL_ROWS else can

    def _look_at_figures(self, tables: Tables) -> None:
        """Notes what is no ordinary figure: drawn at random, carried over, or of no rows."""
        draws = tables.validation_fed or tables.train_fed
        if draws is None:
            return
        table = draws.first
        scorer = self.evaluator.scorer
        constant = scorer.drop_constant(table, self.forward.run(table, INFERENCE))
        self.figures = scorer.figures
        self.notes += [f"{figure} does not depend on the rows: no ledger" for figure in constant]
        if inference_is_random(self.forward, table):
            self.evaluator.always_random = True
            self.notes.append("inference draws at random too: each figure is a mean of draws")
        self.notes += [
            f"{layer} carries its state from batch to batch: its first state was taken anew"
            for layer in self.forward.clone.stateful
        ]

    def _epoch(
        self,
        reader: Reader,
        record: EpochRecord,
        roles: tuple[Role, ...],
        found: _Found | None = None,
    ) -> Epoch:
        """All states of one epoch; re-estimations too where `found` takes them."""
        reading = reader.read(record.epoch)
        weights = self.read_weights(str(record.weights))
        states = self.evaluator.train_states(reading.tables, weights)
        absent: dict[StateName, str] = dict(reading.absent)
        overridden = tuple(n for n in self.live.overridden if n != "test_step")
        drop_unsound(states, absent, overridden, self.unknown_layer)
        self.forward.clone.load(weights)
        swapped = record.validation_weights
        held_out = self.read_weights(swapped) if swapped else weights
        states.update(self.evaluator.validation_states(reading.tables, held_out))
        if found is not None and "without-noise" in states:
            found.reestimations += reestimations(
                self.evaluator, reading.tables, weights, states, record.epoch
            )
        rows = self._rows_of("train", record), self._rows_of("validation", record)
        logs, doubt = record.logs, self._doubt()
        return Epoch(record.epoch, roles, logs, states, absent, *rows, doubt, self.groups)

    def _doubt(self) -> str | None:
        """Why figures may be made otherwise than Keras makes them."""
        own = [name for name in self.live.overridden if name.startswith("compute_")]
        return f"the model has a {own[0]} of its own" if own else None

    def _measure(self, found: _Found, at: Epoch) -> None:
        drawn = [a for metric in self.figures if (a := account(metric, at)) is not None]
        found.accounts += drawn
        found.points += [trace_point(a, sampling_error(at, a.metric)) for a in drawn]
        logged = at.states.get("validation-logged")
        found.logged.update({role: (at.epoch, logged) for role in at.roles if logged})
        if "last" in at.roles:
            found.clean = at.states.get("validation-clean")
            found.used = (
                _rows(at, ("inference", "trained")),
                _rows(at, ("validation-clean", "validation-fed")),
            )

    def _trace(self, can: Affordable, done: set[int]) -> list[TracePoint]:
        rest = [e for e in self.kept if e.epoch not in done]
        reader = Reader(self.live.sources, can.trace, can.trace, 1)
        self.evaluator.draws = 1
        points: list[TracePoint] = []
        for count, position in enumerate(self._trace_order(rest)):
            if time.monotonic() > self.deadline:
                traced = f"{count + len(done)} of {len(self.kept)} epochs"
                self.notes.append(f"the ledger over the epochs holds {traced}, for want of time")
                break
            at = self._epoch(reader, rest[position], ())
            drawn = [a for metric in self.figures if (a := account(metric, at)) is not None]
            points += [trace_point(a, sampling_error(at, a.metric)) for a in drawn]
        return points

    def _trace_order(self, rest: list[EpochRecord]) -> list[int]:
        """The epochs that stand out most first, since jumps want explaining; then spread out."""
        losses = [e.logs.get("val_loss") for e in rest]
        known = [v for v in losses if v is not None and np.isfinite(v)]
        middle = float(np.median(known)) if known else 0.0
        far = [abs(v - middle) if v is not None and np.isfinite(v) else -1.0 for v in losses]
        first = sorted(range(len(rest)), key=lambda i: -far[i])[:_STANDING_OUT]
        return list(dict.fromkeys([*first, *spread_order(len(rest))]))

    def _volatility(self, points: list[TracePoint], metric: str) -> dict[str, float | None]:
        logged = {e.epoch: e.logs.get(metric) for e in self.live.record.epochs}
        return volatility([p for p in points if p.metric == metric], logged)

    def _rows_of(self, split: Literal["train", "validation"], record: EpochRecord) -> int | None:
        """How many rows the logged figure rests on: Keras' count, else what the form says."""
        sources = self.live.sources
        source = sources.train if split == "train" else sources.validation
        counted = record.rows_train if split == "train" else record.rows_validation
        return counted or (None if source is None else source.record.rows)

    def _sample(self, used: tuple[int, int], reason: str | None) -> Sample:
        train, held_out = self.live.sources.train, self.live.sources.validation
        total = None if held_out is None else held_out.record.rows
        whole = used == (train.record.rows, total)
        return Sample(used[0], train.record.rows, used[1], total, None if whole else reason)


def _rows(at: Epoch, names: tuple[StateName, ...]) -> int:
    return max((sum(at.states[n].sizes) for n in names if n in at.states), default=0)


def figures_of(logs: Mapping[str, float | None]) -> tuple[str, ...]:
    """Returns the logged figures that validation repeats; all where there is no validation."""
    held_out = {k.removeprefix("val_") for k in logs if k.startswith("val_")}
    plain = [k for k in logs if not k.startswith("val_") and k not in ("lr", "learning_rate")]
    return tuple(k for k in plain if not held_out or k in held_out)


def epoch_pairs(logged: Mapping[Role, tuple[int, State]]) -> tuple[EpochPair, ...]:
    """Returns the validation figures at the last epoch less those at the best, by row."""
    if "last" not in logged or "best" not in logged or logged["last"][0] == logged["best"][0]:
        return ()
    (last, after), (best, before) = logged["last"], logged["best"]
    if not np.array_equal(after.ids, before.ids):
        return ()
    return tuple(
        EpochPair(metric, best, last, paired(parts - before.scores.parts[metric]))
        for metric, parts in after.scores.parts.items()
        if len(parts) == len(before.scores.parts.get(metric, ()))
    )


def directions(figures: tuple[str, ...]) -> dict[str, Direction]:
    """Returns which way each figure is better; one whose name does not tell is a score."""
    return {f: direction(f) or "higher" for f in figures}
