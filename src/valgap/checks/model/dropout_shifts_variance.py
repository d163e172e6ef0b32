"""MOD108: dropout before batch normalisation shifts the variance that it goes by."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.batch_statistics import (
    HALF,
    Deficit,
    deficits,
    figures,
    has_noise_upstream,
    measured_lines,
    named_layers,
)
from valgap.checks.example_case import example_case
from valgap.evidence.account import Reestimation
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure, places

_LAYERS = ("Conv2D", "Dropout", "Conv2D", "BatchNormalization", "Flatten", "Dense")


def _shifted() -> Case:
    loss = (1.9, 1.85, 1.8, 1.76, 1.72, 1.69, 1.66, 1.64, 1.62, 1.61, 1.60, 1.59)
    shift = (0.2, 0.4, 0.7, 1.0, 1.3, 1.5, 1.8, 2.0, 2.2, 2.4, 2.6, 2.7)
    return example_case(
        loss=loss,
        val_loss=[a + b - 0.5 for a, b in zip(loss, shift, strict=True)],
        rows={"noise-layers": -0.7, "batch-statistics": shift},
        closes={"training": 0.03, "inference": 0.96},
        layers=_LAYERS,
    )


def _level() -> Case:
    rows = {"noise-layers": -0.04, "batch-statistics": 0.006}
    return example_case(rows=rows, closes={"training": 0.1, "inference": 0.9}, layers=_LAYERS)


@check(
    code="MOD108",
    name="dropout-shifts-variance",
    family="MOD",
    severity="error",
    needs=("batch-statistics",),
    fires_on=_shifted,
    silent_on=_level,
)
def dropout_shifts_variance(case: Case) -> Iterable[Finding]:
    """Dropout before batch normalisation gives it the wrong variance in inference mode.

    What it looks for: training rows that score much worse in inference mode than under the
    statistics of their own batches, where statistics re-estimated with dropout on do not
    close the difference, and statistics re-estimated with dropout off do.

    Why it matters: dropout raises the variance of what it lets through. Batch normalisation
    learns that variance in training and divides by it in validation, where dropout is off.
    The model works, but not in the mode in which it is judged and used. More dropout, the
    usual advice against such curves, makes it worse.

    What to do: move dropout behind the last batch normalisation, lower its rates, or
    re-estimate the statistics with dropout off after training.

    References: Li et al., Understanding the Disharmony between Dropout and Batch
    Normalization by Variance Shift, CVPR 2019.
    """
    if not has_noise_upstream(case):
        return
    judged = ((deficit, _status(deficit)) for deficit in deficits(case))
    for deficit, status in judged:
        if status and deficit.inference:
            yield _finding(case, deficit, deficit.inference, status)
            return


def _status(deficit: Deficit) -> Status | None:
    off, on = deficit.closed_by(deficit.inference), deficit.closed_by(deficit.training)
    if off is None or off < HALF or not deficit.is_closed_clearly(deficit.inference):
        return None
    if on is None:
        return "suspected"
    if off - on >= HALF:
        return "confirmed"
    return "inconclusive" if on < HALF else None


def _finding(case: Case, deficit: Deficit, made: Reestimation, status: Status) -> Finding:
    name, before, after = figures(made)
    d = places([before])
    change = made.validation_change or made.closed
    on = deficit.closed_by(deficit.training)
    excluded = ("MOD106",) if on is not None and on < HALF and status == "confirmed" else ()
    return dropout_shifts_variance.finding(
        case,
        status=status,
        message=(
            f"dropout shifts batch-norm variance: {name} {figure(before, d)}, "
            f"re-estimated {figure(after, d)}"
        ),
        observed=Observed(deficit.size, "loss of training rows", n=made.closed.n),
        expected=Expected("<=", deficit.delta, "5 % of the loss, DESIGN section 6"),
        size=deficit.size / deficit.level,
        scope=Scope(layer=named_layers(case)),
        experiment=Experiment(
            name=f"statistics re-estimated with dropout off, epoch {deficit.epoch + 1}",
            varied="batch statistics",
            held="weights and rows",
            pairs=change.n,
            effect=change.value,
            low=change.low,
            high=change.high,
            seconds=0.0,
            excluded=excluded,
        ),
        evidence=(*measured_lines(case, deficit, made), *_rival_line(deficit)),
        help="move dropout behind the last batch normalisation, or lower its rates",
        remedies=("dropout-behind-batchnorm", "reestimate-statistics"),
        explains=("CUR103", "MOD109"),
    )


def _rival_line(deficit: Deficit) -> list[str]:
    if deficit.training is None:
        return []
    after = figure(deficit.training.train_after, places([deficit.training.train_moving]))
    return [f"re-estimated with dropout on: training rows {after}, so they do not merely lag"]
