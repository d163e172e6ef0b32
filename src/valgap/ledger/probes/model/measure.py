"""All probes of a model in the order of their worth; one that fails costs only itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np

from valgap.evidence.model import LayerMeasured, ModelMeasured, Predictions
from valgap.evidence.records import Split
from valgap.ledger.clone import INFERENCE
from valgap.ledger.probes.model.activations import activations
from valgap.ledger.probes.model.attention import attention
from valgap.ledger.probes.model.detached import detached_inputs
from valgap.ledger.probes.model.gradients import Measured, by_layer, gradients
from valgap.ledger.probes.model.graph import Modes, always_random, ignored_arguments, modes_of
from valgap.ledger.probes.model.heads import heads
from valgap.ledger.probes.model.masks import Masks, masked_noise, masks
from valgap.ledger.probes.model.permuted import permuted
from valgap.ledger.probes.model.predictions import predictions, probabilities
from valgap.ledger.probes.model.probes_by_layer import probes_by_layer
from valgap.ledger.probes.model.rates import rates
from valgap.ledger.probes.model.subject import Subject, few
from valgap.ledger.probes.model.units import activation_of, measured_layers
from valgap.ledger.probes.model.weights import weights
from valgap.ledger.probes.sampled import Own
from valgap.ledger.unmeasurable import NO_TIME, UnmeasurableError
from valgap.observe.describe import one_line
from valgap.observe.sources.base import Table

T = TypeVar("T")
Fields = dict[int, dict[str, Any]]
# The share of the time for predictions of one split.
_FOR_PREDICTIONS = 0.15
# What most causes are told by. Weights are read off; activations look at the time themselves.
_ALWAYS = ("heads", "predictions", "weights", "activations")
_NO_EPOCH = "no epoch came to its end"


class Measuring:
    """One model being measured: first what the rows need to know, then the rest."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.missing: dict[str, str] = {}
        self.layers = measured_layers(subject.model)
        self.found: dict[str, Any] = {}
        self.fields: Fields = {}
        self.order: list[Any] = []
        self.is_trained = subject.epoch >= 0

    def first(self) -> dict[Split, Own]:
        """Measures heads and predictions; returns what the model makes of the rows."""
        self._keep("heads", lambda: heads(self.subject), ())
        own: dict[Split, Own] = {}
        made: list[Predictions] = []
        self.subject.tables = {s: self._afforded(t) for s, t in self.subject.tables.items()}
        for split in self.subject.tables:
            self._tried("predictions", partial(self._split, split, own, made), None)
        self.found["predictions"] = tuple(made)
        return own

    def _afforded(self, table: Table) -> Table:
        """All rows that were read, fewer where the model is slow."""
        rows = self.subject.within(table.rows, 1, _FOR_PREDICTIONS)
        return table if rows == table.rows else few(table, rows)

    def _split(self, split: Split, own: dict[Split, Own], made: list[Predictions]) -> None:
        self._needs_epoch()
        subject, table = self.subject, self.subject.tables[split]
        run = subject.forward.run(table, INFERENCE)
        scores = subject.scorer.score(table, run, weighted=False)
        parts = {f: p for f, p in scores.parts.items() if scores.units[f] == "row"}
        own[split] = Own(probabilities(subject, run), parts)
        made.extend(predictions(subject, split, table, run, scores))

    def rest(self) -> ModelMeasured:
        """Measures all else, the cheap and telling before the dear, as long as there is time."""
        subject = self.subject
        self._graph()
        self._add("weights", lambda: weights(subject, self.layers))
        self._add("activations", self._activations)
        gradient = self._tried("gradients", self._gradients, None)
        flow: Masks = self._tried("masks", lambda: masks(self._whole(), self.layers), Masks())
        self._merge(flow.fields)
        ends = tuple(h.layer for h in self.found["heads"])
        self._keep("attention", lambda: attention(self._whole(), ends, flow.makers), ())
        self._keep("permuted", lambda: permuted(self._whole()), {})
        if flow.makers:
            self._keep("masked_noise", lambda: masked_noise(self._whole(), flow.makers), None)
        self._keep("detached_inputs", lambda: detached_inputs(self._whole()), ())
        if self.found["always_random"]:
            self.missing["rates"] = "the same step gives another loss: the model always draws"
        elif gradient is None:
            self.missing["rates"] = self.missing.get("gradients", "there are no gradients")
        else:
            self._keep("rates", lambda: rates(subject, gradient), ())
        weighted = [layer for layer in self.order if self._has_weights(layer)]
        self._add("probes_by_layer", lambda: probes_by_layer(self._whole(), weighted))
        return ModelMeasured(
            fit=subject.live.record.id,
            layers=self._records(),
            missing=self.missing,
            **self.found,
        )

    def _graph(self) -> None:
        subject = self.subject
        modes = self._tried("changed_mode", lambda: modes_of(subject), Modes({}, {}))
        self.found["changed_mode"] = tuple(modes.heeded)
        self.found["fixed_modes"] = modes.heeded
        model, overruled = subject.live.model, modes.overruled
        self._keep("ignored_arguments", lambda: ignored_arguments(model, overruled), ())
        self._keep("always_random", lambda: always_random(self._whole()), False)

    def _activations(self) -> Fields:
        weighted = {id(layer) for layer in self.layers if self._has_weights(layer)}
        found, self.order = activations(self._whole(), self.layers, weighted)
        return found

    def _gradients(self) -> Measured:
        self._needs_epoch()
        measured = gradients(self.subject, self.layers)
        self._merge(by_layer(self.subject, self.layers, measured))
        return measured

    def _has_weights(self, layer: Any) -> bool:
        return bool(self.fields.get(id(layer), {}).get("has_weights"))

    def _needs_epoch(self) -> None:
        if not self.is_trained:
            raise UnmeasurableError(_NO_EPOCH)

    def _whole(self) -> Subject:
        """The subject, for probes that need the weights of the last epoch to be numbers."""
        self._needs_epoch()
        if not all(np.isfinite(w).all() for w in self.subject.last):
            raise UnmeasurableError("the weights of the last epoch are not finite")
        return self.subject

    def _tried(self, part: str, work: Callable[[], T], otherwise: T) -> T:
        """Does one part, or says in `missing` why it is not there."""
        if self.subject.seconds_left < 0 and part not in _ALWAYS:
            self.missing[part] = NO_TIME
            return otherwise
        try:
            return work()
        except UnmeasurableError as reason:
            self.missing[part] = str(reason)
        except Exception as error:  # layers of the user's own, and faults of ours
            self.missing[part] = f"measuring it failed: {one_line(error)}"
        self.subject.rest()
        return otherwise

    def _keep(self, part: str, work: Callable[[], Any], otherwise: Any) -> None:
        self.found[part] = self._tried(part, work, otherwise)

    def _add(self, part: str, work: Callable[[], Fields]) -> None:
        self._merge(self._tried(part, work, {}))

    def _merge(self, fields: Fields) -> None:
        for key, own in fields.items():
            self.fields.setdefault(key, {}).update(own)

    def _records(self) -> tuple[LayerMeasured, ...]:
        """Layers in the order of their calls, those never called at the end."""
        called = {id(layer) for layer in self.order}
        rest = [layer for layer in self.layers if id(layer) not in called]
        return tuple(
            LayerMeasured(
                name=self.subject.clone.name_of(layer),
                cls=type(layer).__name__,
                **{
                    "trainable": bool(layer.trainable),
                    "activation": activation_of(layer),
                    **self.fields.get(id(layer), {}),
                },
            )
            for layer in [*self.order, *rest]
        )
