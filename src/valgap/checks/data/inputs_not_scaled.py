"""DAT301: inputs far from the size that weights are made for."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.first_weights import SMALL_RANGE, Seen, seen_by_weights
from valgap.checks.learning import lost_skill
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_BLOWING_UP, OF_LEARNING, falls_short
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure

# Initialisers keep the size of signals where inputs have variance 1 (Glorot and Bengio, 2010):
# ten times that is an order of magnitude beyond; pictures as bytes are a hundred times beyond.
LARGE = 10.0
# Features are to be of like spread (LeCun et al., 1998, section 4.3). Steps along the narrow
# ones are the square of this ratio too small; where most are, they are as good as absent.
SPREAD_RATIO = 100.0
# A rate beyond this is a fault of its own, whatever the inputs: ten times Keras' defaults.
USUAL_RATES = {"SGD": 0.1}
USUAL_RATE = 0.01


def _pictures(high: float) -> Case:
    given = InputRecord(
        "train", "x", "image", (28, 28, 1), "uint8", 1000, 0.0, 255.0, 72.9, 90.0, features=1
    )
    first = LayerMeasured(
        "conv2d_0", "Conv2D", has_weights=True, activation="relu", input_low=0.0, input_high=high,
        input_std=90.0 * high / 255,
    )  # fmt: skip
    return example_case(
        measured_rows={"inputs": (given,), "references": references(0.9, 0.56)},
        measured_model={"layers": (first,), "predictions": classified(0.58, 0.56)},
        layer_records=_layers(1 / 255) if high < 255 else (),
    )


def _layers(scale: float) -> tuple[LayerRecord, ...]:
    config = {"scale": scale, "offset": 0.0}
    rescaling = LayerRecord("rescaling", "Rescaling", "rescaling", "plain", True, 0, config=config)
    return (rescaling, LayerRecord("conv2d_0", "Conv2D", "conv2d_0", "plain", True, 100))


def _as_bytes() -> Case:
    return _pictures(255.0)


def _rescaled_in_the_model() -> Case:
    return _pictures(1.0)


@check(
    code="DAT301",
    name="inputs-not-scaled",
    family="DAT",
    severity="warning",
    needs=("inputs", "layers"),
    audits=("inputs",),
    fires_on=_as_bytes,
    silent_on=_rescaled_in_the_model,
)
def inputs_not_scaled(case: Case) -> Iterable[Finding]:
    """The first weights get numbers far from the size that they are made for.

    What it looks for: range and spread of what goes into the first layer with weights, after
    any scaling in the model: a root mean square of 10 and more, a range below .02, or most
    features a hundred times narrower than the widest. It is named as a cause where training
    rows score poorly too, and is harmless where the fit does well or batch normalisation
    follows at once. In an audit features of tables and series are judged as they lie there, which
    is a note.

    Why it matters: initialisers and rates are made for inputs of variance 1. Large inputs
    saturate or kill units and make steps overshoot; small and narrow ones are hardly learned.

    What to do: divide bytes by 255, or put `Rescaling(1/255)` or an adapted `Normalization`
    first in the model, so that validation and later use get it too.

    References: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.3; Glorot
    and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    2010; Keras documentation, Rescaling and Normalization.
    """
    if case.is_audit:
        yield from _as_they_lie(case)
        return
    for seen in seen_by_weights(case):
        if (told := _oddity(seen)) is not None:
            message, observed, expected = told
            yield from _judged(case, seen, message, observed, expected)


def _as_they_lie(case: Case) -> Iterable[Finding]:
    """Finds features that a model without a layer of scaling would get as they are."""
    for given in case.inputs():
        spreads = [s for s in given.feature_std if finite(s) and s > 0]
        if given.kind not in ("table", "series") or not spreads:
            continue
        ratio = max(spreads) / statistics.median(spreads) if len(spreads) > 2 else 1.0
        size = math.hypot(given.mean or 0.0, given.std or 0.0)
        if ratio < SPREAD_RATIO and size < LARGE:
            continue
        yield inputs_not_scaled.finding(
            case,
            severity="note",
            status="suspected",
            message=f"features not scaled: values {figure(given.low)} to {figure(given.high)}, "
            f"spreads {figure(min(spreads))} to {figure(max(spreads))}",
            observed=Observed(size, "root mean square of inputs", n=given.rows),
            expected=Expected("<", LARGE, "ten times what initialisers assume (Glorot, Bengio)"),
            evidence=(
                f"input {given.name}: mean {figure(given.mean)}, standard deviation "
                f"{figure(given.std)}; the widest feature spreads {figure(ratio)} times the median",
            ),
            help="an adapted Normalization layer first in the model, or a scaler of training rows",
            remedies=("scale-inputs",),
        )


def _oddity(seen: Seen) -> tuple[str, Observed, Expected] | None:
    """What is odd about the numbers, if anything, with its measure and threshold."""
    if seen.size >= LARGE:
        return (
            f"inputs not scaled: the first weights see {figure(seen.low)} to {figure(seen.high)}",
            Observed(seen.size, "root mean square of inputs", n=seen.given.rows),
            Expected("<", LARGE, "ten times what initialisers assume (Glorot and Bengio, 2010)"),
        )
    if 0 < seen.range < SMALL_RANGE and seen.std > 0:
        return (
            f"inputs not scaled: the first weights see a range of only {figure(seen.range)}",
            Observed(seen.range, "range of inputs", n=seen.given.rows),
            Expected(">=", SMALL_RANGE, "a fiftieth of the unit that initialisers assume"),
        )
    ratio = _spread_ratio(seen)
    if ratio is None or ratio < SPREAD_RATIO:
        return None
    return (
        f"features not scaled: the widest spreads {figure(ratio)} times the median one",
        Observed(ratio, "ratio of standard deviations", n=seen.given.rows),
        Expected("<", SPREAD_RATIO, "like spread in all features (LeCun et al., 1998)"),
    )


def _spread_ratio(seen: Seen) -> float | None:
    spreads = [s for s in seen.given.feature_std if finite(s) and s > 0]
    if len(spreads) < 3 or not seen.is_as_given:
        return None
    return max(spreads) / statistics.median(spreads)


def _judged(
    case: Case, seen: Seen, message: str, observed: Observed, expected: Expected
) -> Iterable[Finding]:
    is_harmless = outcome(case).is_good or (seen.scale_is_undone and seen.size >= LARGE)
    if not (is_harmless or falls_short(case)) or seen.is_scaled_twice:
        return
    given = seen.given
    yield inputs_not_scaled.finding(
        case,
        severity="note" if is_harmless else "warning",
        status="harmless" if is_harmless else "suspected",
        message=message,
        observed=observed,
        expected=expected,
        size=0.0 if is_harmless else _share(observed, expected) * lost_skill(case),
        scope=Scope(layer=seen.layer),
        evidence=(
            f"input {given.name}: {figure(given.low)} to {figure(given.high)}, mean "
            f"{figure(given.mean)}, standard deviation {figure(given.std)}",
            f"into layer {seen.layer}: {figure(seen.low)} to {figure(seen.high)}, standard "
            f"deviation {figure(seen.std)}",
            *_reference_line(case),
            _last_line(case, seen, is_harmless),
        ),
        help="Rescaling(1/255) or an adapted Normalization layer first in the model",
        remedies=("scale-inputs",),
        explains=() if is_harmless else (*OF_LEARNING, *OF_BLOWING_UP, *_rate(case, seen)),
    )


def _share(observed: Observed, expected: Expected) -> float:
    """Half of the trouble at the threshold, all of it an order of magnitude beyond it."""
    off = abs(math.log10((observed.value or 1.0) / (expected.value or 1.0)))
    return min(1.0, 0.5 + 0.5 * off)


def _rate(case: Case, seen: Seen) -> tuple[str, ...]:
    """A range test names a rate of usual size where large inputs make its steps overshoot."""
    rate = next((e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)), None)
    name = case.fit.compile.optimizer if case.fit.compile else ""
    is_usual = finite(rate) and rate <= USUAL_RATES.get(name, USUAL_RATE)
    return ("FIT101",) if is_usual and seen.size >= LARGE else ()


def _reference_line(case: Case) -> list[str]:
    found = case.rows.references if case.rows else None
    best = max((e.value for e in found.scores.values()), default=None) if found else None
    if found is None or found.own is None or best is None:
        return []
    return [
        f"a cheap reference of the same rows: {found.measure} {figure(best)}, "
        f"this model {figure(found.own.value)}"
    ]


def _last_line(case: Case, seen: Seen, is_harmless: bool) -> str:
    if not is_harmless:
        return "what settles it: pairs of fits with and without standardised inputs"
    if outcome(case).is_good:
        return "the fit does well all the same"
    return f"batch normalisation follows {seen.layer} and takes the scale out again"
