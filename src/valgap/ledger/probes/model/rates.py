"""What one step of the optimiser does to the training loss, at multiples of the rate in force."""

from __future__ import annotations

from typing import Any

import numpy as np

from valgap.evidence.model import RateMeasured, RateStep
from valgap.ledger.clone import NO_NOISE
from valgap.ledger.forward import weight_penalty
from valgap.ledger.probes.clock import now
from valgap.ledger.probes.model.differentiating import gradient_of
from valgap.ledger.probes.model.gradients import Gradients, Measured, batch_of
from valgap.ledger.probes.model.subject import Subject, Weights
from valgap.ledger.unmeasurable import UnmeasurableError
from valgap.observe.recorder import learning_rate

# The most telling first, as time may run out: as it is, then far up and down.
_MULTIPLES = (1.0, 10.0, 100.0, 0.1, 1000.0, 30.0, 0.01, 3.0, 300.0, 0.3, 1e4, 1e-3)
_LEAST, _SHARE = 5, 0.7


def rates(subject: Subject, measured: Measured) -> tuple[RateMeasured, ...]:
    """Returns the loss after one step from the start and from the end of the fit.

    Raises:
        UnmeasurableError: if the optimiser cannot be made anew.
    """
    optimizer = getattr(subject.live.model, "optimizer", None)
    if optimizer is None:
        raise UnmeasurableError("the model has no optimiser")
    epochs = subject.live.record.epochs
    last = epochs[-1].learning_rate
    in_force = {
        "start": epochs[0].learning_rate,
        # A model that was fitted elsewhere has the rate that it ended with.
        "end": learning_rate(subject.live.model) if last is None else last,
    }
    states, found = dict(subject.states()), []
    try:
        for i, gradient in enumerate(measured.found):
            rate = in_force[gradient.at]
            # The end is not to be left out for the start, nor what follows for either.
            until = now() + _SHARE * subject.seconds_left / (len(measured.found) - i)
            if rate is not None and rate > 0 and np.isfinite(rate):
                one = _One(subject, measured, gradient, states[gradient.at])
                found.append(one.measure(optimizer, rate, until))
    finally:
        subject.rest()
    if not found:
        raise UnmeasurableError("no learning rate was recorded")
    return tuple(found)


class _One:
    """Steps from one set of weights."""

    def __init__(
        self, subject: Subject, measured: Measured, gradient: Gradients, weights: Weights
    ) -> None:
        self.subject, self.table, self.gradient = subject, measured.table, gradient
        self.weights, self.measured = weights, measured
        pairs = zip(measured.variables, gradient.mean, strict=True)
        trained = {id(v) for v in subject.model.trainable_variables}
        self.pairs = [(v, g) for v, g in pairs if g is not None and id(v) in trained]

    def measure(self, optimizer: Any, rate: float, until: float) -> RateMeasured:
        """Takes steps until the time is over, but the most telling ones in any case."""
        if not self.pairs:
            raise UnmeasurableError("no weight has a gradient")
        subject = self.subject
        subject.clone.load(self.weights)
        before = self._loss()
        subject.clone.load(self.weights)
        gradients = self._with_penalties()
        losses: dict[float, float] = {}
        for count, multiple in enumerate(_MULTIPLES):
            if count >= _LEAST and now() > until:
                break
            self._step(gradients, fresh_optimizer(optimizer, rate * multiple))
            losses[multiple] = self._loss()
        finite = {m: v for m, v in losses.items() if np.isfinite(v)}
        best = min(finite, key=lambda m: finite[m], default=float("nan"))
        steps = tuple(RateStep(m, losses[m]) for m in sorted(losses))
        at = self.gradient.at
        return RateMeasured(at, rate, before, steps, best, self.gradient.signal)

    def _step(self, gradients: list[Any], fresh: Any) -> None:
        """One step of an optimiser without a past."""
        self.subject.clone.load(self.weights)
        variables = [v for v, _ in self.pairs]
        fresh.build(variables)
        fresh.apply(gradients, variables)

    def _loss(self) -> float:
        """The loss on the fixed rows, in training mode, with penalties as training has them."""
        subject = self.subject
        subject.clone.enter(NO_NOISE)  # for the first call, which traces
        subject.clone.forget_batches()
        batches = (batch_of(self.table, where) for where in self.table.slices())
        losses = [float(self.measured.loss(*batch)) for batch in batches]
        return float(np.mean(losses)) + weight_penalty(subject.model)

    def _with_penalties(self) -> list[Any]:
        """The gradient of the data, with that of the penalties on weights added."""
        import keras

        data = [keras.ops.convert_to_tensor(g) for _, g in self.pairs]
        model, variables = self.subject.model, [v for v, _ in self.pairs]
        if not model._get_regularization_losses():
            return data
        penalty = gradient_of(lambda: sum(model._get_regularization_losses()), variables, model)
        return [d if a is None else d + a for d, a in zip(data, penalty(), strict=True)]


def fresh_optimizer(optimizer: Any, rate: float) -> Any:
    """Returns an optimiser of the same class and settings without a past, at a fixed rate."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # loss scaling plays no part here
    settings = dict(inner.get_config())
    settings |= {"learning_rate": rate, "use_ema": False, "gradient_accumulation_steps": None}
    settings.pop("is_legacy", None)
    return type(inner).from_config(settings)
