"""MOD103: the last activation cannot reach the targets."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import explained
from valgap.checks.head_and_loss import OF_NUMBERS, target_of
from valgap.checks.learning import learns_poorly, lost_skill, of_output, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_THE_TASK
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure

RANGES: dict[str, tuple[float, float]] = {
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
# Of normal targets 31 % lie more than half a standard deviation above their mean: an end
# that is passed by less than that, by a few rows, costs little of the variance.
BEYOND = 0.5
# So near to its end, in standard deviations of the targets, an output lies on it.
AT_THE_END = 0.05


@dataclass(frozen=True, slots=True)
class _Missed:
    """An end of the range that targets lie beyond, by `deviations` of theirs."""

    end: float
    furthest: float
    deviations: float
    holds_the_mean: bool


def _example(activation: str, skill: float) -> Case:
    head = HeadRecord(
        "output",
        "dense_4",
        (1,),
        activation,
        "mean_squared_error",
        logits=None,
        task="regression",
        low=0.02 if activation == "sigmoid" else 3.0,
        high=1.0 if activation == "sigmoid" else 47.0,
    )
    target = TargetRecord(
        "train", "output", "numbers", (1,), "float32", 1408, 1.2, 49.8, mean=22.5, std=9.2
    )
    return example_case(
        compiled={"loss": "mean_squared_error"},
        measured_model={"heads": (head,), "predictions": explained(skill, skill)},
        measured_rows={"targets": (target,)},
    )


@check(
    code="MOD103",
    name="output-range-excludes-targets",
    family="MOD",
    severity="error",
    needs=("heads", "targets"),
    fires_on=lambda: _example("sigmoid", -5.4),
    silent_on=lambda: _example("linear", 0.88),
)
def output_range_excludes_targets(case: Case) -> Iterable[Finding]:
    """The targets of a regression lie where the last activation cannot go.

    What it looks for: the range of the last activation (ReLU from 0, sigmoid and softmax from
    0 to 1, tanh from -1 to 1) against the range, mean and spread of the targets, under a loss of
    numbers; and whether outputs lie at the end that is passed.

    Why it matters: rows beyond the end are given the end. Where the mean lies beyond it, all
    rows are, the activation has no slope there, and nothing is learned.

    What to do: no activation on the last layer (`Dense(1)`), or targets scaled into its range
    and predictions scaled back.

    References: Bishop, Pattern Recognition and Machine Learning, 2006, section 5.1; Keras
    documentation, layer activation functions.
    """
    for head in case.heads():
        target, own = target_of(case, head), of_output(case, head.output)
        missed = _missed(head, target) if target else None
        status = _status(own, head, target, missed) if target and missed else None
        if target and missed and status:
            yield _finding(own, head, target, missed, status)


def _missed(head: HeadRecord, target: TargetRecord) -> _Missed | None:
    """Gives back the end of the range that the targets pass by most, or None."""
    ends, mean, std = RANGES.get(head.activation), target.mean, target.std
    if (
        ends is None
        or head.loss not in OF_NUMBERS
        or "regression" not in (head.task, _task(target))
    ):
        return None
    low, high = target.low, target.high
    if not (finite(low) and finite(high) and finite(mean) and finite(std)) or std <= 0:
        return None
    below, above = (ends[0] - low) / std, (high - ends[1]) / std
    if max(below, above) < BEYOND:
        return None
    holds = ends[0] <= mean <= ends[1]
    if below >= above:
        return _Missed(ends[0], low, below, holds)
    return _Missed(ends[1], high, above, holds)


def _task(target: TargetRecord) -> str:
    """Class numbers that are to be met as they are, such as -1 and 1, are amounts here."""
    return "regression" if target.encoding in ("numbers", "classes") else ""


def _status(case: Case, head: HeadRecord, target: TargetRecord, missed: _Missed) -> Status | None:
    told = outcome(case)
    if told.is_good:
        return "harmless"
    if told.train is None:
        return "suspected"
    if not missed.holds_the_mean:
        return "confirmed" if told.underfits else "suspected"
    if not learns_poorly(case):
        return None
    return "confirmed" if _lies_at_the_end(head, target, missed) else "suspected"


def _lies_at_the_end(head: HeadRecord, target: TargetRecord, missed: _Missed) -> bool:
    reached = head.low if missed.furthest < missed.end else head.high
    return finite(reached) and abs(reached - missed.end) <= AT_THE_END * (target.std or 0.0)


def _finding(
    case: Case, head: HeadRecord, target: TargetRecord, missed: _Missed, status: Status
) -> Finding:
    low, high = RANGES[head.activation]
    way = "below" if missed.furthest < missed.end else "above"
    last = "training with a linear output would settle what it costs"
    return output_range_excludes_targets.finding(
        case,
        severity="note" if status == "harmless" else "error",
        status=status,
        message=(
            f"{head.activation} ends at {figure(missed.end)}, targets reach "
            f"{figure(missed.furthest)}"
        ),
        observed=Observed(missed.deviations, f"target deviations {way} the end", n=target.rows),
        expected=Expected("<", BEYOND, "31 % of normal values lie further out than .5"),
        size=lost_skill(case),
        scope=Scope(layer=head.layer),
        evidence=(
            f"{head.activation} gives {figure(low)} to {_end(high)}; targets run from "
            f"{figure(target.low)} to {figure(target.high)}, mean {figure(target.mean)}",
            f"outputs run from {figure(head.low)} to {figure(head.high)}",
            *skill_lines(case),
            *(() if status == "confirmed" else (last,)),
        ),
        help="no activation on the last layer, or targets scaled into its range",
        remedies=("linear-output", "scaled-targets"),
        explains=() if status == "harmless" else OF_THE_TASK,
    )


def _end(value: float) -> str:
    return figure(value) if finite(value) else "any height"
