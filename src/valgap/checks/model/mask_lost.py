"""MOD113: steps that are masked upstream carry weight downstream."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import short
from valgap.checks.learning import (
    STATES,
    held_back,
    learns_poorly,
    lost_skill,
    validation_loss,
)
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.checks.padding_counted import padding_share
from valgap.evidence.account import Estimate
from valgap.evidence.model import LayerMeasured
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import percent, places, signed

# Weight on masked steps up to this is rounding of a large negative score.
ROUNDING = 0.01
# A share of padding that a state handed on step by step, or a mean, does not get over.
MUCH = 0.25
# Layers that take a mask and are done with the steps: none need come out.
CONSUMERS = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "GlobalAveragePooling1D")


def _example(change: float, loses: bool, score: float) -> Case:
    layers = (
        LayerMeasured("masking", "Masking", mask_in=False, mask_out=True),
        LayerMeasured("conv1d", "Conv1D", 32, has_weights=True, mask_in=True, mask_out=not loses),
        LayerMeasured("lstm", "LSTM", 32, has_weights=True, mask_in=not loses, mask_out=False),
    )
    return example_case(
        measured_model={
            "layers": layers,
            "masked_noise": Estimate(change, change - 0.01, change + 0.01, 450),
            "predictions": scored(score, score - 0.05),
        },
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD113",
    name="mask-lost",
    family="MOD",
    severity="warning",
    needs=("masks", "predictions"),
    fires_on=lambda: _example(0.6, True, 0.7),
    silent_on=lambda: _example(0.0, False, 0.93),
)
def mask_lost(case: Case) -> Iterable[Finding]:
    """A mask is lost on its way, so that steps that are padding are read as data.

    What it looks for: a layer that is given a mask and passes none on while steps are still
    there; and what proves it: the validation loss with noise on masked steps, which a mask that
    holds keeps out, or the share of attention on masked steps. Suspected too where a quarter
    of the steps or more is padding and the model has learned nothing that noise could disturb.

    Why it matters: padding then speaks as loudly as data. Short rows are told by their padding,
    and means and attention are diluted.

    What to do: layers that keep the mask, or the mask handed to the layer that needs it, as in
    `layer(x, mask=mask)`; with attention, a large negative score on masked steps.

    References: Keras documentation, Understanding masking and padding.
    """
    layer = next((a for a in case.measured_layers() if _loses(a)), None)
    weight = _weight_on_masked(case)
    change = case.model.masked_noise if case.model else None
    if layer is None and weight <= ROUNDING:
        return
    status = _status(case, change, weight)
    if status is None and layer is not None and _padding_drowns(case):
        status = "suspected"
    if status is not None:
        yield _finding(case, layer, change, weight, status)


def _loses(layer: LayerMeasured) -> bool:
    return bool(layer.mask_in) and layer.mask_out is False and layer.cls not in CONSUMERS


def _weight_on_masked(case: Case) -> float:
    made = case.model.attention if case.model else ()
    return max((a.on_masked for a in made if finite(a.on_masked)), default=0.0)


def _status(case: Case, change: Estimate | None, weight: float) -> Status | None:
    """Confirmed by noise that comes through; harmless where the run does well all the same."""
    proven = _comes_through(case, change)
    # A recurrent layer keeps noise out, yet hands on a state at every masked step: attention
    # behind it can lie on padding that no noise shows.
    if not proven and weight <= ROUNDING:
        return None
    if outcome(case).is_good:
        return "harmless"
    if not held_back(case) and not learns_poorly(case):
        return None
    return "confirmed" if proven else "suspected"


def _comes_through(case: Case, change: Estimate | None) -> bool | None:
    """Whether noise on masked steps changes the loss by more than matters; None: not known."""
    if change is None or not (finite(change.low) and finite(change.high)):
        return None
    delta = DELTA_OF_LOSS * abs(validation_loss(case) or 0.0)
    return change.low > delta or change.high < -delta


def _padding_drowns(case: Case) -> bool:
    """Tells a model that learned nothing of rows that are largely padding.

    Noise on masked steps proves nothing there: no step at all moves its answer.
    """
    return padding_share(case) >= MUCH and outcome(case).has_not_learned


def _padding_line(case: Case) -> list[str]:
    padded = padding_share(case)
    return [f"{percent(padded)} of the steps are padding"] if padded else []


def _finding(
    case: Case,
    layer: LayerMeasured | None,
    change: Estimate | None,
    weight: float,
    status: Status,
) -> Finding:
    where = short(layer.name) if layer else "the attention"
    d = places([change.value]) if change else 2
    seen = f"{percent(min(1.0, weight))} of attention is on masked steps"
    if weight <= ROUNDING:
        seen = "padding is read as data"
    if change and status == "confirmed":
        seen = f"noise there moves val_loss by {signed(change.value, d)}"
    by_noise = change if status != "suspected" else None
    return mask_lost.finding(
        case,
        severity="note" if status == "harmless" else "warning",
        status=status,
        message=f"mask lost at {where}: {seen}",
        observed=_observed(by_noise, weight),
        expected=_expected(case, by_noise),
        # That padding comes through is measured, not what the model would win without it.
        size=0.0 if status == "harmless" else 0.5 * (held_back(case) or lost_skill(case)),
        scope=Scope(layer=layer.name if layer else None),
        experiment=_experiment(by_noise),
        evidence=(
            *([f"{layer.name} ({layer.cls}) gets a mask and gives none"] if layer else []),
            *([f"{percent(min(1.0, weight))} of attention lies on masked steps"] if weight else []),
            *_padding_line(case),
            *(["training with the mask handed on would settle it"] if not by_noise else []),
        ),
        help="hand the mask on, as in layer(x, mask=mask), or use layers that keep it",
        remedies=("keep-the-mask",),
        explains=() if status == "harmless" else (*STATES, "EVL107", "EVL109"),
    )


def _observed(change: Estimate | None, weight: float) -> Observed:
    if change is None:
        return Observed(weight, "share of attention on masked steps")
    return Observed(change.value, "change of val_loss", change.low, change.high, change.n)


def _expected(case: Case, change: Estimate | None) -> Expected:
    if change is None:
        return Expected("<=", ROUNDING, "masked steps must not count")
    delta = DELTA_OF_LOSS * abs(validation_loss(case) or 0.0)
    return Expected("<=", delta, "5 % of the loss, DESIGN section 6")


def _experiment(change: Estimate | None) -> Experiment | None:
    if change is None:
        return None
    return Experiment(
        name="noise on masked steps",
        varied="values of masked steps",
        held="weights, all other steps and rows",
        pairs=change.n,
        effect=change.value,
        low=change.low,
        high=change.high,
        seconds=0.0,
    )
