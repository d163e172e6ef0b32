"""Made-up fits for the examples of checks: a healthy one, with what a check needs changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from valgap.checks.example_ledger import Curves, accounts, pair, reestimations, trace
from valgap.evidence.account import Ledger, RowName, Sample, SharedRows
from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import (
    CallbackRecord,
    CompileRecord,
    DataRecord,
    EpochRecord,
    FitRecord,
    LayerKind,
    LayerRecord,
    Location,
    ModelRecord,
    Transforms,
)
from valgap.evidence.rows import RowsRecord
from valgap.registry import Case

_KINDS: dict[str, LayerKind] = {
    "Dropout": "noise",
    "BatchNormalization": "batch-statistics",
    "RandomFlip": "augmentation",
}
_LOSS = (1.02, 0.74, 0.58, 0.48, 0.42, 0.38, 0.35, 0.33, 0.315, 0.30, 0.29, 0.285)
_VAL_LOSS = (0.80, 0.62, 0.50, 0.43, 0.39, 0.36, 0.345, 0.335, 0.33, 0.325, 0.322, 0.32)


@dataclass(frozen=True, slots=True)
class Example:
    """A fit of twelve epochs that goes well, unless told otherwise.

    `rows` gives deltas of the loss by ledger row, one number or one an epoch; what they
    leave of the gap is generalisation. `closes` gives the share of the batch-statistics
    row that re-estimation closes, by condition. `changes` are fields of the FitRecord put in
    place of those made up, `compiled` of the CompileRecord; `measured_rows` and `measured_model`
    are fields of RowsRecord and ModelMeasured, which are not there where these are empty.
    """

    loss: Sequence[float] = _LOSS
    val_loss: Sequence[float] | None = _VAL_LOSS
    accuracy: Sequence[float] = ()
    val_accuracy: Sequence[float] = ()
    rows: Mapping[RowName, float | Sequence[float]] = field(
        default_factory=lambda: {"epoch-averaging": -0.01, "noise-layers": -0.03}
    )
    unmeasured: Mapping[RowName, str] = field(default_factory=dict)
    closes: Mapping[str, float] = field(default_factory=dict)
    half_width: float = 0.02
    layers: Sequence[str] = ("Conv2D", "Flatten", "Dense", "Dropout", "Dense")
    momentum: float = 0.99
    train_rows: int = 1408
    validation_rows: int = 450
    transforms: Transforms = "none"
    transform_names: tuple[str, ...] = ()
    callbacks: tuple[CallbackRecord, ...] = ()
    shared: SharedRows | None = None
    fit: int = 0
    study: str | None = None
    notes: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)
    compiled: Mapping[str, Any] = field(default_factory=dict)
    measured_rows: Mapping[str, Any] = field(default_factory=dict)
    measured_model: Mapping[str, Any] = field(default_factory=dict)
    layer_records: tuple[LayerRecord, ...] = ()
    learning_rates: Sequence[float] = ()
    steps: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        """The fit and its ledger, as a check is given them."""
        return Case(
            dataclasses.replace(self._fit(), **self.changes),
            self._ledger(),
            rows=RowsRecord(self.fit, **self.measured_rows) if self.measured_rows else None,
            model=ModelMeasured(self.fit, **self.measured_model) if self.measured_model else None,
            steps=self.steps,
        )

    def _fit(self) -> FitRecord:
        return FitRecord(
            id=self.fit,
            location=Location("train.py", 41, "model.fit"),
            compile=self._compile(),
            model=ModelRecord("sequential", "Sequential", 20_000, self._layers()),
            train=DataRecord("train", "numpy", self.train_rows, 64, -(-self.train_rows // 64)),
            validation=self._validation(),
            callbacks=self.callbacks,
            epochs=tuple(self._epoch(i) for i in range(len(self.loss))),
            status="finished",
            seconds=12.0,
            study=self.study,
            notes=self.notes,
        )

    def _compile(self) -> CompileRecord:
        told = {"loss": "categorical_crossentropy", "optimizer": "Adam", **self.compiled}
        return CompileRecord(Location("train.py", 38, "model.compile"), **told)

    def _layers(self) -> tuple[LayerRecord, ...]:
        if self.layer_records:
            return self.layer_records
        return tuple(self._layer(i, cls) for i, cls in enumerate(self.layers))

    def _layer(self, i: int, cls: str) -> LayerRecord:
        kind = _KINDS.get(cls, "plain")
        config = {"momentum": self.momentum} if kind == "batch-statistics" else {}
        return LayerRecord(f"{cls.lower()}_{i}", cls, cls, kind, True, 100, (10,), config)

    def _validation(self) -> DataRecord | None:
        if self.val_loss is None:
            return None
        return DataRecord(
            "validation",
            "numpy",
            self.validation_rows,
            transforms=self.transforms,
            transform_names=self.transform_names,
        )

    def _epoch(self, i: int) -> EpochRecord:
        logs = {
            f"{prefix}{metric}": values[i]
            for metric, curves in self._curves().items()
            for prefix, values in (("", curves.train), ("val_", curves.validation))
            if values
        }
        rate = self.learning_rates[i] if self.learning_rates else 0.001
        return EpochRecord(i, logs, 1.0, self.train_rows, self.validation_rows, rate)

    def _curves(self) -> dict[str, Curves]:
        n = len(self.loss)
        rows = {k: (d,) * n if isinstance(d, float | int) else d for k, d in self.rows.items()}
        told: dict[str, Any] = {
            "unmeasured": self.unmeasured,
            "half_width": self.half_width,
            "n": self.validation_rows,
        }
        found = {"loss": Curves(self.loss, self.val_loss or (), rows, **told)}
        if self.accuracy:
            found["accuracy"] = Curves(self.accuracy, self.val_accuracy, {}, **told)
        return found

    def _ledger(self) -> Ledger:
        curves = self._curves()
        of_loss = curves["loss"]
        n = (self.train_rows, self.validation_rows)
        points = trace(curves)
        return Ledger(
            fit=self.fit,
            accounts=accounts(curves),
            reestimations=reestimations(of_loss, self.closes),
            trace=points,
            volatility={"loss": of_loss.shares} if self.val_loss else {},
            epoch_pairs=pair(of_loss),
            shared_rows=self.shared,
            sample=Sample(min(1000, n[0]), n[0], min(1000, n[1]), n[1]),
            directions={"loss": "lower", "accuracy": "higher"},
        )


def example_case(**changes: Any) -> Case:
    """Gives back a case that goes well but for the `changes`, which are fields of Example."""
    return Example(**changes).case
