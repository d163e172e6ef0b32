"""What holds a fit down other than the size of its network, as far as it was measured."""

from __future__ import annotations

from valgap.case import Case, finite, measured
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.order import is_blind_to_order, told_by_order
from valgap.evidence.account import RowName
from valgap.evidence.model import LayerMeasured
from valgap.evidence.rows import InputRecord

# Half of a layer out of use halves its width.
HALF = 0.5
# A fifth of the loss: what MOD106 calls large.
LARGE = 0.2
# Networks are made for inputs of about 1; ten times that is left to DAT301.
REACH, LEAST_SPREAD = 10.0, 0.01
_BENDS = (
    "ReLU",
    "PReLU",
    "LeakyReLU",
    "ELU",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "MaxPooling",
    "Attention",
)
_STRAIGHT = (None, "", "linear")


def obstacle(case: Case) -> str | None:
    """Gives back the first thing found in the way of the fit, in words, or None."""
    return next((told for look in _LOOKS if (told := look(case))), None)


def _order(case: Case) -> str | None:
    blind = is_blind_to_order(case) and told_by_order(case) is not None
    return "the order of steps, which tells, makes no difference" if blind else None


def _idle_layer(case: Case) -> str | None:
    idle = [layer for layer in case.measured_layers() if _is_idle(layer)]
    return f"{idle[0].name} is half out of use" if idle else None


def _is_idle(layer: LayerMeasured) -> bool:
    shares = (
        layer.dead_units,
        layer.frozen_units,
        layer.identical_units if layer.units and layer.units > 1 else None,
        layer.saturated if layer.activation != "softmax" else None,
    )
    told = [s for s in shares if finite(s)]
    return "Normalization" not in layer.cls and any(s >= HALF for s in told)


def _detached(case: Case) -> str | None:
    weighted = [layer for layer in case.measured_layers() if layer.has_weights]
    lost = [w for w in weighted if w.has_gradient is False or not w.trainable]
    return f"{lost[0].name} is not trained" if lost else None


def _straight(case: Case) -> str | None:
    heads = {head.layer for head in case.heads()}
    bends = (
        layer.activation not in _STRAIGHT or any(name in layer.cls for name in _BENDS)
        for layer in case.measured_layers()
        if layer.name not in heads
    )
    return None if any(bends) else "no layer bends its inputs"


def _felt_penalty(case: Case) -> str | None:
    return "penalties" if _is_felt(case, "penalties-train") else None


def _felt_noise(case: Case) -> str | None:
    return "noise layers" if _is_felt(case, "noise-layers") else None


def _is_felt(case: Case, name: RowName) -> bool:
    account = case.account()
    row = measured(account, name) if account else None
    if account is None or row is None or not finite(account.train):
        return False
    return abs(row.delta or 0.0) >= LARGE * abs(account.train) > 0


def _rate(case: Case) -> str | None:
    for range_test in case.model.rates if case.model else ():
        losses = [step.loss for step in range_test.losses if finite(step.loss)]
        if range_test.at != "end" or not losses or not finite(range_test.before):
            continue
        if range_test.before - min(losses) > DELTA_OF_LOSS * abs(range_test.before):
            return "one step at another rate lowers the loss"
    return None


def _head(case: Case) -> str | None:
    for head in case.heads():
        bounded = head.task == "regression" and head.activation not in _STRAIGHT
        classifies = "crossentropy" in head.loss
        if bounded or (head.task == "regression" and classifies):
            return f"{head.output}: {head.activation} and {head.loss} for regression"
    return None


def _scale(case: Case) -> str | None:
    odd = [i for i in case.inputs() if _is_out_of_scale(i)]
    return f"{odd[0].name} is not scaled" if odd else None


def _is_out_of_scale(record: InputRecord) -> bool:
    ends = [abs(v) for v in (record.q01, record.q99, record.low, record.high) if finite(v)]
    flat = finite(record.std) and record.std < LEAST_SPREAD
    quantiles = [abs(v) for v in (record.q01, record.q99) if finite(v)] or ends
    return flat or max(quantiles, default=0.0) > REACH


_LOOKS = (
    _order,
    _idle_layer,
    _detached,
    _straight,
    _felt_penalty,
    _felt_noise,
    _rate,
    _head,
    _scale,
)
