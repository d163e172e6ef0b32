"""MOD106: moving statistics of batch normalisation that lag behind the weights."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.batch_statistics import (
    HALF,
    Deficit,
    deficits,
    figures,
    has_noise_upstream,
    large_epochs,
    measured_lines,
    named_layers,
    steps_lines,
    time_constant,
)
from valgap.checks.example_case import example_case
from valgap.checks.outcome import outcome
from valgap.evidence.account import Reestimation
from valgap.finding import Expected, Experiment, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import figure, places, shown_epoch

# A start-up lag is over after a few epochs; fewer than this, and none later, harm no result.
PASSING_EPOCHS = 3
# Steps that a momentum of 0.9 remembers: a smaller one makes statistics noisy.
SHORT = 10.5
_LAYERS = ("Conv2D", "BatchNormalization", "Flatten", "Dense", "Dropout", "Dense")


def _lagging() -> Case:
    lag = (0.9, 5.6, 0.2, 3.1, 0.1, 2.8, 0.2, 4.3, 0.1, 0.2, 3.0, 2.4)
    loss = (1.02, 0.74, 0.58, 0.48, 0.42, 0.38, 0.35, 0.33, 0.315, 0.30, 0.29, 0.285)
    return example_case(
        loss=loss,
        val_loss=[a + b + 0.04 for a, b in zip(loss, lag, strict=True)],
        rows={"batch-statistics": lag},
        closes={"training": 0.97, "inference": 0.99},
        layers=_LAYERS,
    )


def _settled() -> Case:
    rows = {"epoch-averaging": -0.01, "noise-layers": -0.03, "batch-statistics": 0.005}
    return example_case(rows=rows, closes={"training": 0.6, "inference": 0.6}, layers=_LAYERS)


@check(
    code="MOD106",
    name="batchnorm-statistics-lag",
    family="MOD",
    severity="error",
    needs=("batch-statistics",),
    fires_on=_lagging,
    silent_on=_settled,
)
def batchnorm_statistics_lag(case: Case) -> Iterable[Finding]:
    """The moving statistics of batch normalisation lag behind the weights.

    What it looks for: training rows that score much worse in inference mode than under the
    statistics of their own batches, where statistics re-estimated under training conditions,
    with no weight changed, close at least half of that and do not make validation worse.
    Re-estimated with dropout off they must not close as much again, or dropout is the cause
    (MOD108).

    Why it matters: validation, and every use of the model, runs on the moving statistics.
    While they lag, validation loss jumps or stays high, though the weights are good. It
    looks like overfitting, and what is done against overfitting does not help.

    What to do: lower `momentum` (0.9 for short fits), train for more steps, lower the rate
    towards the end, or re-estimate the statistics after training. Smaller networks, more
    data and dropout leave it as it is.

    References: Ioffe and Szegedy, Batch Normalization, 2015; Wu and Johnson, Rethinking
    "Batch" in BatchNorm, 2021 (precise statistics); Izmailov et al., Averaging Weights Leads
    to Wider Optima, 2018 (statistics recomputed after averaging).
    """
    closing = [d for d in deficits(case) if _closes_half(d)]
    if closing and closing[0].training:
        yield _finding(case, closing, closing[0].training)


def _closes_half(deficit: Deficit) -> bool:
    closed, made = deficit.closed_by(deficit.training), deficit.training
    if closed is None or made is None or _makes_validation_worse(made):
        return False
    return closed >= HALF and deficit.is_closed_clearly(made)


def _makes_validation_worse(made: Reestimation) -> bool:
    """Whether what mends training rows does not mend validation: its trouble is another."""
    before, after = made.validation_before, made.validation_after
    return finite(before) and finite(after) and after >= before


def _finding(case: Case, found: list[Deficit], made: Reestimation) -> Finding:
    deficit = found[0]
    name, before, after = figures(made)
    rival_excluded = _excludes_dropout(case, deficit)
    status: Status = "confirmed" if rival_excluded is not None else "suspected"
    change = made.validation_change or made.closed
    return batchnorm_statistics_lag.finding(
        case,
        severity=_severity(case, found),
        status=status,
        message=f"batch-norm statistics lag: {name} {_two(before, after)}",
        observed=Observed(deficit.size, "loss of training rows", n=made.closed.n),
        expected=Expected("<=", deficit.delta, "5 % of the loss, DESIGN section 6"),
        size=deficit.size / deficit.level,
        scope=Scope(layer=named_layers(case)),
        experiment=Experiment(
            name=f"statistics re-estimated under training conditions, epoch {deficit.epoch + 1}",
            varied="batch statistics",
            held="weights and rows",
            pairs=change.n,
            effect=change.value,
            low=change.low,
            high=change.high,
            seconds=0.0,
            excluded=("MOD108",) if rival_excluded else (),
        ),
        evidence=(
            *measured_lines(case, deficit, made),
            *_last_line(case, found),
            *steps_lines(case, (deficit.epoch, *large_epochs(case))),
            *_rival_line(case, deficit),
        ),
        help=_help(case),
        remedies=("batchnorm-momentum", "reestimate-statistics"),
        explains=("CUR103", "MOD117"),
    )


def _help(case: Case) -> str:
    constant = time_constant(case)
    is_short = constant is not None and constant <= SHORT
    first = "a lower rate at the end" if is_short else "momentum=0.9 in BatchNormalization"
    return f"{first}, or re-estimate the statistics after training"


def _excludes_dropout(case: Case, deficit: Deficit) -> bool | None:
    """Tells whether dropout's variance shift was excluded; None where it was not tested."""
    if not has_noise_upstream(case):
        return True
    off, on = deficit.closed_by(deficit.inference), deficit.closed_by(deficit.training)
    return None if off is None or on is None else off - on < HALF


def _rival_line(case: Case, deficit: Deficit) -> list[str]:
    if not has_noise_upstream(case):
        return ["no dropout stands before the batch normalisation, so it shifts no variance"]
    if deficit.inference is None:
        return []
    d = places([deficit.inference.train_moving])
    after = figure(deficit.inference.train_after, d)
    return [f"with dropout off as well: training rows {after}, so dropout adds little"]


def _last_line(case: Case, found: list[Deficit]) -> list[str]:
    last = case.account("last")
    at_last = [d for d in found[1:] if last and d.epoch == last.epoch and d.training]
    return [
        f"{shown_epoch(d.epoch, case.fit)}: {name} {_two(before, after)}"
        for d in at_last
        if d.training
        for name, before, after in [figures(d.training)]
    ]


def _two(before: float, after: float) -> str:
    decimals = places([before])
    return f"{figure(before, decimals)}, re-estimated {figure(after, decimals)}"


def _severity(case: Case, found: list[Deficit]) -> Severity:
    """Says error where most epochs or the result rest on it, note where it passed early."""
    large, traced = large_epochs(case), case.trace("batch-statistics")
    if traced and len(large) >= HALF * len(traced):
        return "error"
    kept = {a.epoch for a in case.accounts() if {"last", "best"} & set(a.roles)}
    rest_on_it = [d for d in found if d.epoch in kept or not kept]
    if any(d.size >= HALF * d.level for d in rest_on_it):
        return "error"
    if outcome(case).is_good and not rest_on_it:
        return "note"  # it passed, and the fit came out well
    passed_by = traced and len(large) < PASSING_EPOCHS
    early = all(epoch < PASSING_EPOCHS for epoch in (*large, found[0].epoch))
    return "note" if passed_by and early and not rest_on_it else "warning"
