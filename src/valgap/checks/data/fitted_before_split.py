"""DAT108: a scaler was fitted on the rows of both splits."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate
from valgap.checks.reference_skill import clipped
from valgap.evidence.rows import Drift
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure


def _scaled(on_both: bool) -> Case:
    drift = Drift(estimate(0.52, 1450), fitted_on_both=on_both, single_mean_shift=0.04)
    return example_case(measured_rows={"drift": drift})


def _on_both() -> Case:
    return _scaled(on_both=True)


def _on_training() -> Case:
    return _scaled(on_both=False)


@check(
    code="DAT108",
    name="fitted-before-split",
    family="DAT",
    severity="note",
    needs=("validation", "drift"),
    fires_on=_on_both,
    silent_on=_on_training,
)
def fitted_before_split(case: Case) -> Iterable[Finding]:
    """A scaler was fitted on the rows of both splits together.

    What it looks for: features that have mean 0 and variance 1, or range 0 to 1, to rounding
    over both splits together, while those of training alone have not. Other steps that look
    at labels, as selection and oversampling do, leave no such mark and are not seen.

    Why it matters: validation is to stand for rows nobody has seen. For a scaler the effect
    is small unless rows are few or the splits differ, hence a note; for a step that looks at
    labels it can make up a whole score.

    What to do: split first, `fit` on training rows, `transform` both; a `Pipeline` or a
    `Normalization` layer adapted on training rows does so by itself.

    References: Kaufman et al., Leakage in Data Mining, 2012; Ambroise and McLachlan,
    Selection Bias in Gene Extraction, 2002.
    """
    drift = case.rows.drift if case.rows else None
    if drift is None or not drift.fitted_on_both:
        return
    shift = drift.single_mean_shift
    told = abs(shift) if finite(shift) else None
    yield fitted_before_split.finding(
        case,
        severity="note",
        status="suspected",
        message="inputs were scaled by the rows of both splits, not of training alone",
        observed=Observed(told, "shift of the means between splits"),
        expected=Expected("==", 0.0, "nothing is fitted on validation rows"),
        size=0.1 * clipped(2 * abs(drift.auc.value - 0.5)),
        evidence=(
            "both splits together have mean 0 and variance 1, or range 0 to 1; training not",
            *([f"means of the splits lie {figure(told, 3)} apart"] if finite(told) else []),
            "a fit on inputs scaled by training rows alone tells what it is worth",
        ),
        help="split first, fit the scaler on training rows, transform both",
        remedies=("scale-by-training-rows",),
    )
