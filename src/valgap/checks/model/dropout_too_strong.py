"""MOD109: so much is dropped that training rows are not learned."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from valgap.case import Case, finite, unmixed
from valgap.checks.batch_statistics import deficits
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.layer_settings import number
from valgap.checks.learning import learns_poorly, lost_skill, skill_lines
from valgap.checks.noise_shift import lost_without_noise
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING
from valgap.evidence.account import Row
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import figure, percent

# Test error is flat where hidden layers keep 40 to 80 %, and rises when they keep less
# (Srivastava et al. 2014, section 7.3, figure 9).
STRONG_RATE = 0.6
# Two layers at .5, the usual rate, leave a quarter; less is more than anyone's default.
LITTLE_LEFT = 0.25
# A tenth: two layers that keep less than a third each. Then noise may have killed what would
# show it in the ledger.
NEXT_TO_NOTHING_LEFT = 0.1
# Noise that makes a tenth of the training loss is felt; half is what confirms (DESIGN 6).
FELT, HALF = 0.1, 0.5
_RATES = ("rate", "dropout", "recurrent_dropout")


@dataclass(frozen=True, slots=True)
class _Noise:
    """Rates, what they leave of the signal, and the share of the training loss they make."""

    strongest: float
    left: float
    names: str
    share: float | None
    is_clear: bool


def _example(rate: float, score: float, noise: float) -> Case:
    layers = (
        LayerRecord("dense", "Dense", "", "plain", True, 900, (64,), {"activation": "relu"}),
        LayerRecord("dropout", "Dropout", "", "noise", True, 0, (64,), {"rate": rate}),
        LayerRecord("dense_1", "Dense", "", "plain", True, 4160, (64,), {"activation": "relu"}),
        LayerRecord("dropout_1", "Dropout", "", "noise", True, 0, (64,), {"rate": rate}),
        LayerRecord("dense_2", "Dense", "", "plain", True, 260, (4,), {"activation": "softmax"}),
    )
    loss = [1.4 - 0.01 * i for i in range(12)]
    rows: Any = {"noise-layers": noise}
    return example_case(
        loss=loss,
        val_loss=[value + noise + 0.02 for value in loss],
        rows=rows,
        layer_records=layers,
        measured_model={"predictions": scored(score, score - 0.01)},
        measured_rows={"references": referenced(0.92)},
    )


@check(
    code="MOD109",
    name="dropout-too-strong",
    family="MOD",
    severity="error",
    needs=("predictions",),
    fires_on=lambda: _example(0.9, 0.5, -0.4),
    silent_on=lambda: _example(0.5, 0.95, -0.4),
)
def dropout_too_strong(case: Case) -> Iterable[Finding]:
    """So much is dropped in training that training rows are not learned.

    What it looks for: training rows that score clearly below what a cheap reference reaches, with
    all noise off; together with rates above .6, or less than a quarter of the signal left by
    all of them, and a row of noise layers in the ledger that makes a tenth of the training loss
    or more. A network that learns under strong dropout is left in peace. Likewise dropout
    without which the same weights tell training rows worse by a fifth of the loss: layers
    behind it, such as a maximum, have come to expect what it drops.

    Why it matters: what survives the layers is too little to tell the classes by, so the network
    settles for the average. It looks like a model that is too small, or data that is too hard.

    What to do: rates of .2 to .5, on the widest layers only, and none before the last layer; raise
    them only while validation improves.

    References: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting, 2014, section 7.3.
    """
    noise = _noise(case)
    if noise is None:
        return
    status = _status(case, noise) if learns_poorly(case) else None
    if status is not None:
        yield _finding(case, noise, status)
    elif (row := lost_without_noise(case)) is not None:
        yield _shifted(case, noise, row)


def _noise(case: Case) -> _Noise | None:
    layers = case.layers(lambda layer: layer.kind == "noise")
    rates = {layer.name: _rate(layer) for layer in layers}
    rates = {name: rate for name, rate in rates.items() if 0 < rate <= 1}
    if not rates:
        return None
    # Rates inside a recurrent layer or an attention stand beside one another, not behind.
    chain = [_rate(layer) for layer in layers if "Dropout" in layer.cls]
    left = math.prod(1 - rate for rate in chain if 0 < rate <= 1)
    names = ", ".join(f"{name} {rate:.2g}" for name, rate in list(rates.items())[:6])
    return _Noise(max(rates.values()), left, names, *_share(case))


def _rate(layer: LayerRecord) -> float:
    told = (number(layer.config.get(name)) for name in _RATES)
    return max((rate for rate in told if finite(rate)), default=0.0)


def _share(case: Case) -> tuple[float | None, bool]:
    """Gives back the share of the training loss that noise makes, and whether that is clear."""
    account = case.account()
    row = unmixed(account, "noise-layers") if account else None
    if row is None or not finite(row.before) or row.before <= 0 or row.delta is None:
        return None, False
    return -row.delta / row.before, finite(row.high) and row.high < 0


def _status(case: Case, noise: _Noise) -> Status | None:
    is_strong = noise.strongest > STRONG_RATE or noise.left < LITTLE_LEFT
    is_felt = noise.is_clear and (noise.share or 0.0) >= FELT
    if is_felt and (noise.share or 0.0) >= HALF and not deficits(case):
        return "confirmed"
    if is_felt and is_strong:
        return "suspected"
    is_next_to_nothing = noise.left < NEXT_TO_NOTHING_LEFT
    return "suspected" if is_next_to_nothing and outcome(case).has_not_learned else None


def _shifted(case: Case, noise: _Noise, row: Row) -> Finding:
    before, delta = row.before or 0.0, row.delta or 0.0
    return dropout_too_strong.finding(
        case,
        status="confirmed",
        severity="warning",
        message=f"dropout shifts the layers behind it: loss {figure(before)}, without it "
        f"{figure(before + delta)}",
        observed=Observed(delta, "training loss", row.low, row.high, row.n),
        expected=Expected("<=", 0.0, "with dropout off training rows are told better"),
        size=min(1.0, delta / max(before + delta, 1e-9)),
        evidence=(
            f"rates: {noise.names}; the strongest is {figure(noise.strongest, 2)}",
            "same rows and weights, nothing but dropout off (row of noise layers)",
            *skill_lines(case),
        ),
        help="no dropout before a maximum over places or steps; rates of .2 to .5, after it",
        remedies=("lower-dropout", "dropout-after-pooling"),
        explains=("CUR101", "CUR103", "CUR105", "EVL104", "EVL107", "FIT113"),
    )


def _finding(case: Case, noise: _Noise, status: Status) -> Finding:
    by_share = [f"noise makes {percent(noise.share)} of the training loss"] if noise.share else []
    return dropout_too_strong.finding(
        case,
        status=status,
        severity="error" if outcome(case).has_not_learned else "warning",
        message=f"dropout too strong: {percent(noise.left)} of the signal is left",
        observed=Observed(noise.left, "share of the signal that is left"),
        expected=Expected(">=", LITTLE_LEFT, "two layers at .5; Srivastava et al. 2014"),
        size=lost_skill(case) * min(1.0, max(0.5, (noise.share or 0.0) / HALF)),
        evidence=(
            f"rates: {noise.names}; the strongest is {figure(noise.strongest, 2)}",
            *by_share,
            *skill_lines(case),
            *([] if status == "confirmed" else ["training with half the rates would settle it"]),
        ),
        help="rates of .2 to .5, on the widest layers, none before the last",
        remedies=("lower-dropout",),
        explains=(*OF_LEARNING, "CUR107", "EVL104"),
    )
