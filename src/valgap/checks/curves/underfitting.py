"""CUR102: training rows score far below what the rows allow."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.shortfall import FAR, shortfall
from valgap.evidence.account import Estimate
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, percent

_LOSS = (1.38, 1.25, 1.18, 1.12, 1.08, 1.05, 1.03, 1.02, 1.01, 1.0, 1.0, 1.0)


def _case(train: float) -> Case:
    return example_case(
        loss=_LOSS,
        val_loss=[value + 0.01 for value in _LOSS],
        rows={},
        measured_model={"predictions": scored(train, train - 0.02)},
        measured_rows={"references": referenced(0.9)},
    )


def _far_below() -> Case:
    return _case(0.55)


def _near() -> Case:
    return _case(0.9)


@check(
    code="CUR102",
    name="underfitting",
    family="CUR",
    severity="warning",
    needs=("predictions", "references"),
    fires_on=_far_below,
    silent_on=_near,
)
def underfitting(case: Case) -> Iterable[Finding]:
    """Training rows, in inference mode, score far below what a cheap reference reaches.

    What it looks for: skill on training rows with everything random off (0 is the best
    constant prediction, 1 a perfect one) clearly below that of a reference on rows new to it,
    beyond both intervals. A score that no reference beats is taken for what the rows allow.

    Why it matters: what is not learned on training rows cannot be had on new ones. It is a
    state, not a cause: a rate, penalties, noise, inputs out of scale, too small a network.

    What to do: see the finding that explains it. More data and more regularisation do not help.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 5.2.
    """
    found = shortfall(case)
    if found is None:
        return
    train, best = found.train, found.reference
    yield underfitting.finding(
        case,
        status="confirmed",
        message=(
            f"underfitting: training skill {figure(train.value)}, "
            f"a cheap reference {figure(best.value)}"
        ),
        observed=Observed(train.value, "skill on training rows", train.low, train.high, train.n),
        expected=Expected(
            ">=", best.value - FAR, "a cheap reference, less twice the skill that matters"
        ),
        size=found.share,
        evidence=(
            f"skill on training rows in inference mode {_told(train)}",
            f"a cheap reference on {found.rows} {_told(best)}",
            f"{percent(found.share)} of what is missing can be had",
        ),
        help="see what explains it; more rows and more regularisation do not help",
    )


def _told(estimate: Estimate) -> str:
    if not finite(estimate.low) or not finite(estimate.high):
        return figure(estimate.value)
    span = f"{figure(estimate.low)} to {figure(estimate.high)}"
    return f"{figure(estimate.value)} (95 % interval {span})"
