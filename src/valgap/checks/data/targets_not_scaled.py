"""DAT307: regression targets far from where the output starts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import regressed
from valgap.checks.heads_and_targets import Pair, pairs
from valgap.checks.learning import lost_skill
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_BLOWING_UP, OF_LEARNING, falls_short, loss_was_lost
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity
from valgap.registry import check
from valgap.wording import count, figure

# Outputs start within about 1 where initialisers keep variances (Glorot and Bengio, 2010);
# targets ten times beyond are an order of magnitude away, a hundredth of it is lost in them.
FAR, TINY = 10.0, 0.01
# An adaptive optimiser moves a weight by its rate a step at most. With a bias and a hundred
# weights on activations of size 1 an output moves a hundred times as far; at Keras' default
# rate that is what targets are to lie within, else it is the rate that is to blame.
WEIGHTS, DEFAULT_RATE = 100, 0.001
# Heads and losses that are no regression's, or cannot reach far by themselves: FIT108, MOD103.
BOUNDED = ("hard_sigmoid", "sigmoid", "softmax", "softsign", "tanh")
CLASSIFYING = ("crossentropy", "hinge")


def _houses(scale: float, skill: float) -> Case:
    target = TargetRecord(
        "train", "output", "numbers", (1,), "float32", 1000, 0.4 * scale, 9.1 * scale, 2.1 * scale,
        1.1 * scale,
    )  # fmt: skip
    head = HeadRecord(
        "output", "dense_4", (1,), "linear", "mean_squared_error", None, "regression", (1,),
        low=-0.8, high=60.0, start_low=-0.8, start_high=0.9,
    )  # fmt: skip
    return example_case(
        compiled={"loss": "mean_squared_error"},
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": regressed(skill, skill)},
    )


def _in_dollars() -> Case:
    return _houses(1e5, -2.1)


def _in_hundred_thousands() -> Case:
    return _houses(1.0, 0.81)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where targets lie, in the unit of the outputs at the start."""

    head: HeadRecord
    target: TargetRecord
    start: float
    distance: float

    @property
    def is_far(self) -> bool:
        """Whether mean or spread of the targets is far beyond the first outputs."""
        return self.distance >= FAR

    @property
    def is_tiny(self) -> bool:
        """Whether all targets lie inside what the first outputs differ by, many times over.

        Outputs that begin far off are a matter of inputs or first weights.
        """
        return self.distance <= TINY and self.start < FAR

    @property
    def is_odd(self) -> bool:
        """Whether they are either."""
        return self.is_far or self.is_tiny


@check(
    code="DAT307",
    name="targets-not-scaled",
    family="DAT",
    severity="error",
    needs=("targets", "heads"),
    fires_on=_in_dollars,
    silent_on=_in_hundred_thousands,
)
def targets_not_scaled(case: Case) -> Iterable[Finding]:
    """Regression targets lie far from where the output of the model starts.

    What it looks for: mean and spread of the training targets against the outputs under the
    first weights (or 1, where those are less): ten times beyond, or a hundredth of it. Named
    as a cause where the loss was lost, or training rows are poorly explained and all the steps
    of the fit could not bring the outputs there; harmless where the fit does well.

    Why it matters: with targets around 200,000 and a rate of .001 the last bias takes millions
    of steps to get there, squared errors start at 4e10, and their gradients throw other
    weights far off. Targets of a thousandth drown in the noise of the first outputs.

    What to do: standardise targets by training mean and spread, or their logarithm where they
    span orders of magnitude, and undo it after `predict`; or set the last bias to the mean.

    References: Bishop, Neural Networks for Pattern Recognition, 1995, section 8.2; Glorot and
    Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
    """
    for pair in pairs(case):
        reach = _reach(pair) if _is_regression(pair.head) else None
        if reach is None or not reach.is_odd:
            continue
        is_harmless = outcome(case).is_good
        if is_harmless or (falls_short(case) and _is_to_blame(case, reach)):
            yield _finding(case, reach, is_harmless)


def _is_regression(head: HeadRecord) -> bool:
    is_of_classes = any(part in head.loss for part in CLASSIFYING)
    return head.task == "regression" and not is_of_classes and head.activation not in BOUNDED


def _reach(pair: Pair) -> Reach | None:
    low, high = pair.head.start_low, pair.head.start_high
    mean, std = pair.target.mean, pair.target.std
    if not (finite(mean) and finite(std) and std > 0):
        return None
    start = max(1.0, abs(low), abs(high)) if finite(low) and finite(high) else 1.0
    distance = max(abs(mean), std) / start
    return Reach(pair.head, pair.target, start, distance) if math.isfinite(distance) else None


def _is_to_blame(case: Case, reach: Reach) -> bool:
    """Whether such targets lose the loss, or lie out of reach of all the steps there were."""
    if reach.is_tiny or loss_was_lost(case):
        return True
    if case.fit.compile is not None and case.fit.compile.optimizer == "SGD":
        return False  # its steps grow with the error: it comes near, or it loses the loss
    steps = _steps(case)
    rate = max([DEFAULT_RATE, *_rates(case)])
    return steps is None or steps * rate * WEIGHTS < reach.distance * reach.start


def _steps(case: Case) -> int | None:
    """The steps of the whole fit."""
    train, epochs = case.fit.train, max(1, len(case.fit.epochs))
    if train.steps is not None:
        return train.steps * epochs
    if train.rows is None or not train.batch_size:
        return None
    return -(-train.rows // train.batch_size) * epochs


def _rates(case: Case) -> list[float]:
    return [e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)]


def _finding(case: Case, reach: Reach, is_harmless: bool) -> Finding:
    severity: Severity = "error" if _has_missed(case) else "warning"
    target = reach.target
    return targets_not_scaled.finding(
        case,
        severity="note" if is_harmless else severity,
        status="harmless" if is_harmless else "suspected",
        message=f"targets not scaled: mean {figure(target.mean)}, spread {figure(target.std)}",
        observed=Observed(reach.distance, "targets over first outputs", n=target.rows),
        expected=Expected("<", FAR, "outputs start within about 1 (Glorot and Bengio, 2010)")
        if reach.is_far
        else Expected(">", TINY, "a hundredth of the first outputs drowns in them"),
        size=0.0 if is_harmless else lost_skill(case),
        scope=Scope(layer=reach.head.layer),
        evidence=(
            f"targets {target.name}: {figure(target.low)} to {figure(target.high)} "
            f"({count(target.rows)} rows)",
            f"outputs at the start {figure(reach.head.start_low)} to "
            f"{figure(reach.head.start_high)}, at the end {figure(reach.head.low)} to "
            f"{figure(reach.head.high)}",
            *_steps_line(case, reach),
            "the fit does well all the same"
            if is_harmless
            else "what settles it: pairs of fits with and without standardised targets",
        ),
        help="standardise targets by training statistics, and undo it after predict",
        remedies=("scale-targets",),
        explains=() if is_harmless else (*OF_LEARNING, *OF_BLOWING_UP, "FIT101", "FIT102"),
    )


def _has_missed(case: Case) -> bool:
    return outcome(case).has_not_learned or loss_was_lost(case)


def _steps_line(case: Case, reach: Reach) -> list[str]:
    """How far the last bias can go by itself, where each step moves it by the rate at most."""
    made, steps, rates = case.fit.compile, _steps(case), _rates(case)
    if made is None or steps is None or not rates or not reach.is_far:
        return []
    if not made.optimizer.startswith(("Adam", "Nadam", "RMSprop")):
        return []
    way = steps * max(rates)
    return [f"{made.optimizer} moves a bias by its rate a step: {figure(way)} in the whole fit"]
