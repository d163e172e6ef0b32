"""MOD111: an activity penalty that is summed over steps and units outweighs the data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite, measured
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import number, settings_within, short
from valgap.checks.learning import has_failed, lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import Json, LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import count, figure

# A tenth of the size that tanh and sigmoid use: a layer that small says next to nothing.
COLLAPSED = 0.1
# The half of the loss that a cause must make up (DESIGN section 6), and a share that is felt.
HALF, FELT = 0.5, 0.2


@dataclass(frozen=True, slots=True)
class _Priced:
    """A layer with an activity penalty and what it would cost with activations of size 1.

    `values` are the numbers it is summed over for one row, `paid` the penalty at the end.
    """

    layer: LayerMeasured
    factor: float
    values: int
    paid: float
    data: float

    @property
    def price(self) -> float:
        """The penalty of one row with activations of size 1."""
        return self.factor * self.values

    @property
    def share(self) -> float:
        """The share of penalty in penalty and data loss, at the end."""
        return self.paid / (self.paid + self.data) if self.paid + self.data > 0 else 0.0

    @property
    def has_collapsed(self) -> bool:
        """Whether the activations are next to nothing."""
        mean, std = self.layer.mean, self.layer.std
        return finite(mean) and finite(std) and math.hypot(mean, std) <= COLLAPSED


def _example(penalty: float, spread: float, score: float) -> Case:
    settings: Mapping[str, Json] = {
        "units": 64,
        "activity_regularizer": {"class_name": "L2", "config": {"l2": penalty}},
    }
    layers = (
        LayerRecord("lstm", "LSTM", "", "plain", True, 51_000, (100, 64), settings),
        LayerRecord("dense", "Dense", "", "plain", True, 260, (4,), {"activation": "softmax"}),
    )
    seen = LayerMeasured(
        "lstm", "LSTM", 64, True, mean=0.0, std=spread, activity_penalty=penalty * 6400 * spread**2
    )
    return example_case(
        layer_records=layers,
        measured_model={"layers": (seen,), "predictions": scored(score, score)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD111",
    name="activity-penalty-scales-with-length",
    family="MOD",
    severity="error",
    needs=("activations", "predictions"),
    fires_on=lambda: _example(0.0029, 0.02, 0.26),
    silent_on=lambda: _example(1e-6, 0.45, 0.94),
)
def activity_penalty_scales_with_length(case: Case) -> Iterable[Finding]:
    """An activity penalty, summed over all steps and units of a row, holds the model down.

    What it looks for: layers with an activity penalty; what it would cost a row with
    activations of size 1, that is the factor times steps times units, against the data loss;
    its share of the loss at the end; and activations that have shrunk to next to nothing in
    a model that learned poorly.

    Why it matters: Keras sums an activity penalty over everything but the rows. A factor that is
    mild for one unit is multiplied by 6,400 for 100 steps of 64 units. The model then pays
    less for saying nothing than for being right.

    What to do: divide the factor by steps times units, or leave it out.

    References: Keras documentation, layer weight regularizers; Merity, McCann and Socher,
    Revisiting Activation Regularization for Language RNNs, 2017.
    """
    if not has_failed(case):
        return
    judged = ((priced, _status(case, priced)) for priced in _priced(case))
    found = [(priced, status) for priced, status in judged if status is not None]
    if found:
        yield _finding(case, *max(found, key=lambda each: (each[1] == "confirmed", each[0].price)))


def _priced(case: Case) -> Iterable[_Priced]:
    data = _data_loss(case)
    steps = 1
    seen = {layer.name: layer for layer in case.measured_layers()}
    for record in case.fit.model.layers:
        shape = record.output_shape
        steps = math.prod(n or 1 for n in shape[:-1]) if shape else steps
        factor, layer = _factor(record), seen.get(record.name)
        if layer is None or factor <= 0 or data is None:
            continue
        values = math.prod(n or 1 for n in shape) if shape else steps * (layer.units or 1)
        paid = layer.activity_penalty if finite(layer.activity_penalty) else 0.0
        yield _Priced(layer, factor, values, max(0.0, paid), data)


def _factor(record: LayerRecord) -> float:
    """Gives back the larger factor of a layer's activity penalty, 0 where it has none."""
    if record.cls == "ActivityRegularization":
        return _largest(record.config)
    told = (s.get("activity_regularizer") for s in settings_within(record.config))
    configs = (t.get("config") for t in told if isinstance(t, Mapping))
    return max((_largest(c) for c in configs if isinstance(c, Mapping)), default=0.0)


def _largest(settings: Mapping[str, Json]) -> float:
    told = (number(settings.get(name)) for name in ("l1", "l2"))
    return max((factor for factor in told if finite(factor)), default=0.0)


def _data_loss(case: Case) -> float | None:
    """Gives back the training loss without penalties, from the ledger or from the predictions."""
    account = case.account()
    row = measured(account, "penalties-train") if account else None
    losses = [p.loss.value for p in case.predictions("train") if p.loss is not None]
    told = row.after if row is not None else sum(losses) if losses else None
    return told if finite(told) and told >= 0 else None


def _status(case: Case, priced: _Priced) -> Status | None:
    is_dear = priced.price >= priced.data
    takes_half = priced.share >= HALF
    has_failed_badly = outcome(case).has_not_learned or outcome(case).underfits
    if is_dear and has_failed_badly and (priced.has_collapsed or takes_half):
        return "confirmed"
    return "suspected" if is_dear and priced.share >= FELT else None


def _finding(case: Case, priced: _Priced, status: Status) -> Finding:
    layer = priced.layer
    size = math.hypot(layer.mean or 0.0, layer.std or 0.0)
    last = "training without the activity penalty would settle it"
    return activity_penalty_scales_with_length.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        message=f"activity penalty of {short(layer.name)} costs {figure(priced.price)} a row",
        observed=Observed(priced.price, "loss of a row with activations of size 1"),
        expected=Expected("<", priced.data, "the data loss at the end"),
        size=lost_skill(case),
        scope=Scope(layer=layer.name),
        evidence=(
            f"factor {figure(priced.factor)} times {count(priced.values)} values a row, "
            f"against a data loss of {figure(priced.data)}",
            f"at the end activations are of size {figure(size)} and {figure(priced.paid)} is paid",
            *skill_lines(case),
            *([] if status == "confirmed" else [last]),
        ),
        help=f"divide the factor by {count(priced.values)}, or leave the activity penalty out",
        remedies=("no-activity-penalty", "activity-penalty-by-length"),
        explains=(*OF_LEARNING, "MOD110", "MOD112"),
    )
