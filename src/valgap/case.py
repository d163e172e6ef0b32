"""What a check is given: one fit and its ledger, with the look-ups that checks share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from valgap.evidence.account import Account, EpochPair, Ledger, Reestimation, Role, Row, RowName
from valgap.evidence.directions import direction
from valgap.evidence.model import HeadRecord, LayerMeasured, ModelMeasured, Predictions
from valgap.evidence.records import FitRecord, LayerRecord, Split
from valgap.evidence.rows import InputRecord, RowsRecord, TargetRecord
from valgap.finding import Finding, NotRun


@dataclass(frozen=True, slots=True)
class Case:
    """One fit as a check sees it; every look-up gives None or nothing for what is absent.

    `rows` and `model` are what was measured of them beside the ledger; `steps` holds the
    loss as Keras reports it step by step (the running mean of its epoch), by epoch.

    `findings`, `not_run` and `made` (how many checks were) are filled in for a check
    that runs after all others.
    """

    fit: FitRecord
    ledger: Ledger | None
    findings: tuple[Finding, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    made: int = 0
    rows: RowsRecord | None = None
    model: ModelMeasured | None = None
    steps: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    @property
    def is_audit(self) -> bool:
        """Whether it is about data alone: there is no model, and no fit is known."""
        return self.fit.status == "audited"

    def accounts(self, metric: str = "loss") -> tuple[Account, ...]:
        """Gives back the accounts of one figure that have both of their ends."""
        accounts = self.ledger.accounts if self.ledger else ()
        return tuple(a for a in accounts if a.metric == metric and gap(a) is not None)

    def account(self, role: Role = "last", metric: str = "loss") -> Account | None:
        """Gives back the account of a figure at the last, best or worst epoch."""
        return next((a for a in self.accounts(metric) if role in a.roles), None)

    def beside(self, account: Account) -> tuple[Account, ...]:
        """Gives back the accounts of other figures at the same epoch."""
        accounts = self.ledger.accounts if self.ledger else ()
        other = [a for a in accounts if a.epoch == account.epoch and a.metric != account.metric]
        return tuple(a for a in other if gap(a) is not None)

    def history(self, figure: str) -> dict[int, float]:
        """Gives back a logged figure by epoch, without the epochs that lack it."""
        logs = ((e.epoch, e.logs.get(figure)) for e in self.fit.epochs)
        return {epoch: value for epoch, value in logs if finite(value)}

    def reestimations(self, metric: str = "loss") -> tuple[Reestimation, ...]:
        """Gives back the re-estimations of one figure whose numbers are all there."""
        found = self.ledger.reestimations if self.ledger else ()
        return tuple(r for r in found if r.metric == metric and _whole(r))

    def trace(self, row: RowName, metric: str = "loss") -> dict[int, float]:
        """Gives back the delta of one row by epoch, without the epochs that lack it."""
        points = self.ledger.trace if self.ledger else ()
        ordered = sorted((p for p in points if p.metric == metric), key=lambda p: p.epoch)
        deltas = ((p.epoch, p.deltas.get(row)) for p in ordered)
        return {epoch: value for epoch, value in deltas if finite(value)}

    def epoch_pair(self, metric: str = "loss") -> EpochPair | None:
        """Gives back the comparison of the last with the best epoch."""
        pairs = self.ledger.epoch_pairs if self.ledger else ()
        return next((p for p in pairs if p.metric == metric and finite(p.change.value)), None)

    def layers(self, test: Callable[[LayerRecord], bool]) -> tuple[LayerRecord, ...]:
        """Gives back the layers of the model that pass `test`, in their order."""
        return tuple(layer for layer in self.fit.model.layers if test(layer))

    def inputs(self, split: Split = "train") -> tuple[InputRecord, ...]:
        """Gives back what was measured of the inputs of one split."""
        return tuple(i for i in self.rows.inputs if i.split == split) if self.rows else ()

    def targets(self, split: Split = "train") -> tuple[TargetRecord, ...]:
        """Gives back what was measured of the targets of one split."""
        return tuple(t for t in self.rows.targets if t.split == split) if self.rows else ()

    def heads(self) -> tuple[HeadRecord, ...]:
        """Gives back the outputs of the model with their losses."""
        return self.model.heads if self.model else ()

    def measured_layers(self) -> tuple[LayerMeasured, ...]:
        """Gives back what was measured of the layers, in their order."""
        return self.model.layers if self.model else ()

    def predictions(self, split: Split = "validation") -> tuple[Predictions, ...]:
        """Gives back what the last epoch's weights predict of one split, by output."""
        return tuple(p for p in self.model.predictions if p.split == split) if self.model else ()

    def higher_is_better(self, metric: str) -> bool:
        """Tells whether a figure is better the larger it is.

        Where no ledger says so, as of a run that goes on, its name does; else it is no score.
        """
        directions = self.ledger.directions if self.ledger else {}
        return (directions.get(metric) or direction(metric)) == "higher"


def finite(value: float | None) -> TypeGuard[float]:
    """Tells whether a number is there and is one."""
    return value is not None and math.isfinite(value)


def gap(account: Account) -> float | None:
    """Gives back validation less training figure, or None where one is missing."""
    if account.train is None or account.validation is None:
        return None
    difference = account.validation - account.train
    return difference if math.isfinite(difference) else None


def measured(account: Account, name: RowName) -> Row | None:
    """Gives back a row of an account if its delta was measured."""
    rows = (row for row in account.rows if row.row == name and row.status == "measured")
    return next((row for row in rows if finite(row.delta)), None)


def unmixed(account: Account, name: RowName) -> Row | None:
    """Gives back a measured row that holds nothing of an unmeasured one before it."""
    before = next((b for b, row in itertools.pairwise(account.rows) if row.row == name), None)
    if before is not None and before.status != "measured":
        return None
    return measured(account, name)


def _whole(r: Reestimation) -> bool:
    return all(map(math.isfinite, (r.train_batch, r.train_moving, r.train_after, r.closed.value)))
