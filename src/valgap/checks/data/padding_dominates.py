"""DAT309: most time steps are padding, and nothing masks them."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING, falls_short
from valgap.evidence.model import LayerMeasured
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, percent

# More padding than data.
MOST = 0.5
_LONGEST = 20


def _series(padding: float, skill: float) -> Case:
    given = InputRecord(
        "train", "x", "series", (200, 6), "float32", 1000, -3.0, 3.0, 0.0, 0.4, features=6,
        zero_steps=padding, padding_steps=padding,
    )  # fmt: skip
    lstm = LayerMeasured("lstm_0", "LSTM", has_weights=True, input_low=-3.0, input_high=3.0,
                         input_std=0.4, mask_in=False, mask_out=False)  # fmt: skip
    return example_case(
        measured_rows={"inputs": (given,), "references": references(0.9, skill)},
        measured_model={"layers": (lstm,), "predictions": classified(skill, skill)},
        layers=("LSTM", "Dense"),
    )


def _mostly_padding() -> Case:
    return _series(0.83, 0.58)


def _filled() -> Case:
    return _series(0.04, 0.58)


@check(
    code="DAT309",
    name="padding-dominates",
    family="DAT",
    severity="warning",
    needs=("inputs", "layers"),
    audits=("inputs",),
    fires_on=_mostly_padding,
    silent_on=_filled,
)
def padding_dominates(case: Case) -> Iterable[Finding]:
    """Most time steps or frames are zeros throughout, and no layer masks them.

    What it looks for: the share of time steps, frames or tokens that are 0 throughout up to an
    end of their row, beyond half of all, in a model without a mask. Named as a cause where
    training rows score poorly; harmless where the fit does well. Steps that a mask leaves out
    are not padding any more: whether the mask is kept is MOD113. In an audit it is a note, as no
    model is known.

    Why it matters: what a recurrent layer knew fades over a hundred empty steps behind the
    data, and an average over steps is mostly an average over nothing.

    What to do: `Masking` first in the model (or `mask_zero=True`), padding in front of the data
    for recurrent layers, a shorter maximum length, or batches of rows of like length.

    References: Dwarampudi and Reddy, Effects of padding on LSTMs and CNNs, 2019; Keras guide,
    Understanding masking and padding.
    """
    if any(layer.mask_in or layer.mask_out for layer in case.measured_layers()):
        return
    is_harmless = outcome(case).is_good
    if not (is_harmless or case.is_audit or falls_short(case)):
        return
    for given in case.inputs():
        share = given.padding_steps
        if finite(share) and MOST < share < 1:
            yield _finding(case, given, share, is_harmless)


def _finding(case: Case, given: InputRecord, share: float, is_harmless: bool) -> Finding:
    steps = given.shape[0] if given.shape else 0
    return padding_dominates.finding(
        case,
        severity="note" if is_harmless or case.is_audit else "warning",
        status="harmless" if is_harmless else "suspected",
        message=f"{percent(share)} of the steps of {given.name[:_LONGEST]} are padding"
        f"{'' if case.is_audit else ', not masked'}",
        observed=Observed(share, "share of steps", n=given.rows),
        expected=Expected("<=", MOST, "more data than padding"),
        size=0.0 if is_harmless else share * lost_skill(case),
        evidence=(
            f"input {given.name}: {percent(share)} of {count(steps)} steps a row are 0 up to one "
            f"of its ends ({count(given.rows)} rows)",
            *([] if case.is_audit else ["no layer gets or gives a mask"]),
            *skill_lines(case),
            "the fit does well all the same"
            if is_harmless
            else "what settles it: pairs of fits with and without a Masking layer",
        ),
        help="Masking first in the model, padding in front of the data, or a shorter length",
        remedies=("mask-padding",),
        explains=() if is_harmless else (*OF_LEARNING, "MOD112"),
    )
