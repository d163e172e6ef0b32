"""The live side of a watched fit: objects that the ledger needs once the script has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from valgap.evidence.records import FitRecord
from valgap.observe.known import Known
from valgap.observe.sources.base import Sources

OVERRIDABLE = ("train_step", "test_step", "compute_loss", "compute_metrics")


@dataclass(frozen=True, slots=True)
class CompileObjects:
    """What `compile` was given, as objects: losses and metrics are scored with these."""

    loss: Any = None
    loss_weights: Any = None
    metrics: Any = None
    weighted_metrics: Any = None
    run_eagerly: bool = False


@dataclass(slots=True)
class LiveFit:
    """One watched call of `fit`. `record` grows; the rest is dropped by `release`.

    `known` is what the user tells of its rows; `callbacks` and `asked_epochs` are those of the
    call of `fit`; `callback_states` is what they held before it, `optimizer` its configuration,
    since callbacks change the rate in passing.
    """

    record: FitRecord
    model: Any
    compiled: CompileObjects
    sources: Sources
    trainable: dict[str, bool] = field(default_factory=dict)
    overridden: tuple[str, ...] = ()
    released: str | None = None
    known: Known = field(default_factory=Known)
    callbacks: Any = None
    callback_states: tuple[dict[str, Any], ...] = ()
    asked_epochs: int = 0
    optimizer: Any = None

    def release_model(self, reason: str) -> None:
        """Lets the model go, so that memory does not grow by every model of a script."""
        self.model, self.callbacks, self.released = None, None, reason


def compile_objects(model: Any) -> CompileObjects:
    """Returns the loss and metrics a model was compiled with, or nothing if it was not."""
    loss, metrics = model._compile_loss, model._compile_metrics
    return CompileObjects(
        None if loss is None else loss._user_loss,
        None if loss is None else loss._user_loss_weights,
        None if metrics is None else metrics._user_metrics,
        None if metrics is None else metrics._user_weighted_metrics,
        bool(model.run_eagerly),
    )


def overridden_steps(model: Any) -> tuple[str, ...]:
    """Names the parts of Keras' training loop that the model's class writes anew."""
    import keras

    return tuple(
        name
        for name in OVERRIDABLE
        if getattr(type(model), name, None) is not getattr(keras.Model, name, None)
    )
