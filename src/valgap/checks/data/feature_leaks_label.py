"""DAT107: one feature alone gives the label away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate, referred, table
from valgap.checks.outcome import MATTERS
from valgap.checks.reference_skill import clipped, is_below, short, skill, values_a_row
from valgap.evidence.records import Split
from valgap.evidence.rows import References
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure

# A label that was left among the features is right on every row but for rounding; features
# that merely predict well rarely are: petal length tells the irises apart with a skill of .94.
PERFECT = 0.995
# The one-feature model is a tree of sixteen leaves; of a target that is a number, sixteen steps
# leave up to 3 % of the variance. Features that good are common (the value before): a note.
PERFECT_IN_STEPS = 0.97
# With fewer features one that decides is what the task is about.
SEVERAL = 5
SPLITS: tuple[Split, ...] = ("train", "validation")


def _table(train: float, validation: float, without: float) -> Case:
    references = referred(
        (0.99, 0.99),
        0.99,
        (0.99, 0.99),
        single_feature="status",
        single={
            "train": estimate(train, 1000, 0.02),
            "validation": estimate(validation, 450, 0.02),
        },
        without_single=estimate(without, 450),
    )
    measured: Mapping[str, Any] = {"inputs": (table(),), "references": references}
    return example_case(measured_rows=measured)


def _label_left_in() -> Case:
    return _table(1.0, 1.0, 0.74)


def _one_good_feature() -> Case:
    return _table(0.93, 0.91, 0.74)


@check(
    code="DAT107",
    name="feature-leaks-label",
    family="DAT",
    severity="warning",
    needs=("validation", "references"),
    fires_on=_label_left_in,
    silent_on=_one_good_feature,
)
def feature_leaks_label(case: Case) -> Iterable[Finding]:
    """One feature alone predicts the label almost perfectly, in training and validation.

    What it looks for: the score of the best single feature by a one-feature model, in both
    splits, within half a point of perfect; and how much worse a cheap reference does without
    it. Where it does as well without, the task is easy and nothing is said.

    Why it matters: a feature that is made from the label, or known only once the label is,
    will not be there when the model is used. Its figure then is worth nothing.

    What to do: find out how the feature comes about; leave it out if it is not known before
    the label is, and train again.

    References: Kaufman et al., Leakage in Data Mining, 2012; Kapoor and Narayanan, Leakage
    and the Reproducibility Crisis, 2023.
    """
    found = case.rows.references if case.rows else None
    if found is None or (values_a_row(case) or SEVERAL) < SEVERAL:
        return
    least = PERFECT_IN_STEPS if found.measure == "R2" else PERFECT
    single = [skill(found.single.get(split), found) for split in SPLITS]
    if any(s is None or s.value < least for s in single):
        return
    without = skill(found.without_single, found)
    is_needed = (
        without is not None and without.value <= 1 - MATTERS and is_below(without, single[1])
    )
    if without is not None and not is_needed:
        return
    worst = min(s.value for s in single if s is not None)
    yield feature_leaks_label.finding(
        case,
        severity="warning" if is_needed and found.measure != "R2" else "note",
        status="suspected",
        message=f"feature {short(found.single_feature or '?')} alone predicts the label: "
        f"skill {figure(clipped(worst), 3)} of 1",
        observed=Observed(worst, "skill of one feature", n=found.rows_validation),
        expected=Expected("<", least, "half a point from perfect, where petals reach .94"),
        size=clipped(worst - (without.value if without else 0.0)),
        evidence=(
            *(_line(found, split) for split in SPLITS),
            *_without_line(found),
            "whether it is known before the label is, only its origin can tell",
        ),
        help="leave the feature out unless it is known before the label is",
        remedies=("drop-feature",),
    )


def _line(found: References, split: Split) -> str:
    score = found.single[split]
    return f"{found.measure} {figure(score.value, 3)} by that feature alone in {split}"


def _without_line(found: References) -> list[str]:
    score = found.without_single
    if score is None:
        return []
    return [
        f"{found.measure} {figure(score.value, 3)} by all others ({figure(score.low, 3)} to "
        f"{figure(score.high, 3)})"
    ]
