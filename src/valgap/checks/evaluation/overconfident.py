"""EVL105: the model is surer than it is right, and one temperature mends its loss."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.counterfactual import difference, experiment
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, percent, places

# Confidence above accuracy: 5 points are usual in modern networks that nobody has calibrated
# (Guo et al., 2017, report expected calibration errors of 4 to 10 % on CIFAR).
SURER = 0.05
# A quarter of the validation loss is confidence alone: then its rise is no sign of new errors.
OF_THE_LOSS = 0.25
# And the loss has risen by as much from its best (CUR101 calls that climbed).
RISEN = 1.25


def _sure(confidence: float, tempered: float) -> Case:
    loss = (0.9, 0.62, 0.45, 0.33, 0.25, 0.19, 0.15, 0.12, 0.1, 0.08, 0.07, 0.06)
    val_loss = (0.8, 0.62, 0.54, 0.5, 0.5, 0.53, 0.57, 0.62, 0.68, 0.74, 0.81, 0.88)
    found = classified(
        0.99, 0.83, classes=6, loss=Estimate(0.88, 0.75, 1.01, 450), confidence=confidence,
        loss_tempered=Estimate(tempered, tempered - 0.06, tempered + 0.06, 450),
        temperature=(0.88 / tempered) ** 1.6, calibration_error=abs(confidence - 0.83),
    )  # fmt: skip
    return example_case(loss=loss, val_loss=val_loss, measured_model={"predictions": found})


def _too_sure() -> Case:
    return _sure(0.96, 0.52)


def _as_sure_as_right() -> Case:
    return _sure(0.84, 0.87)


@check(
    code="EVL105",
    name="overconfident",
    family="EVL",
    severity="warning",
    needs=("validation", "validation-predictions"),
    fires_on=_too_sure,
    silent_on=_as_sure_as_right,
)
def overconfident(case: Case) -> Iterable[Finding]:
    """The model is surer than it is right, and its loss says more than its errors.

    What it looks for: mean confidence on validation rows 5 points above accuracy and above its
    interval; and the validation loss with all logits divided by one temperature, fitted on
    half of the rows and scored on the other half. A warning where that takes a quarter off a
    loss that has risen as much from its best, a note where it takes 5 %. Nothing is said of a
    model at chance, whose loss one temperature always mends.

    Why it matters: a validation loss that rises while accuracy stands still is confidence that
    grows on the same errors, no loss of skill. Early stopping and rate cuts that watch the loss
    then end a fit that still gains; probabilities given to a user are wrong.

    What to do: divide the logits by the temperature told here (fitted on rows that are not
    used for the final score), watch accuracy for early stopping, or label smoothing.

    References: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks,
    2017; Müller, Kornblith and Hinton, When Does Label Smoothing Help?, 2019.
    """
    if outcome(case).is_at_chance:
        return
    for made in case.predictions():
        loss, tempered = made.loss, made.loss_tempered
        if loss is None or tempered is None or not _is_too_sure(made):
            continue
        saved = _share_saved(loss, tempered)
        if saved is not None and saved >= DELTA_OF_LOSS:
            yield _finding(case, made, loss, tempered, saved)


def _is_too_sure(made: Predictions) -> bool:
    score, sure = made.accuracy, made.confidence
    if score is None or not (finite(score.value) and finite(score.high) and finite(sure)):
        return False
    hotter = finite(made.temperature) and made.temperature > 1
    return hotter and sure > score.high and sure - score.value >= SURER


def _share_saved(loss: Estimate, tempered: Estimate) -> float | None:
    """The share of the loss that one temperature takes off, where it is clear of its interval."""
    if not (finite(loss.value) and finite(tempered.value)) or loss.value <= 0:
        return None
    if not (finite(tempered.high) and tempered.high < loss.value):
        return None
    share = 1 - tempered.value / loss.value
    return min(1.0, share) if math.isfinite(share) else None


def _has_risen(case: Case) -> bool:
    values = list(case.history("val_loss").values())
    return bool(values) and values[-1] > RISEN * min(values) > 0


def _finding(
    case: Case, made: Predictions, loss: Estimate, tempered: Estimate, saved: float
) -> Finding:
    d = places([loss.value, tempered.value])
    score = made.accuracy
    assert score is not None
    is_warning = saved >= OF_THE_LOSS and _has_risen(case)
    return overconfident.finding(
        case,
        severity="warning" if is_warning else "note",
        status="confirmed",
        message=f"overconfident: loss {figure(loss.value, d)}, with temperature "
        f"{figure(made.temperature)} {figure(tempered.value, d)}",
        observed=Observed(saved, "share of the validation loss", n=made.rows),
        expected=Expected("<", OF_THE_LOSS, "a quarter of the loss; Guo et al., 2017"),
        size=saved,
        experiment=experiment(
            difference(loss, tempered, same_rows=True),
            name="one-temperature",
            varied="temperature: 1 or one fitted on other rows, in val_loss",
            held="weights and rows",
        ),
        evidence=(
            f"mean confidence {figure(made.confidence, 3)}, accuracy {figure(score.value, 3)} "
            f"({figure(score.low, 3)} to {figure(score.high, 3)}, {count(made.rows)} rows)",
            f"one temperature takes {percent(saved)} off the loss, fitted on one half of the rows "
            f"and scored on the other: {figure(tempered.value, d)} ({figure(tempered.low, d)} to "
            f"{figure(tempered.high, d)})",
            *_calibration_line(made),
        ),
        help=f"divide the logits by {figure(made.temperature)}; watch accuracy for stopping",
        remedies=("temperature", "label-smoothing"),
        explains=("CUR105",) if is_warning else (),
    )


def _calibration_line(made: Predictions) -> list[str]:
    if not finite(made.calibration_error):
        return []
    return [f"expected calibration error {figure(made.calibration_error, 3)} in 15 bins"]
