"""FIT112: the loss became NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.step_tests import rate_of, rate_text, step_test
from valgap.checks.trouble import loss_was_lost
from valgap.evidence.records import EpochRecord, Split
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, plural

_STEPS = {0: (1.02, 2.9, 41.0), 1: (1.3e9, math.nan, math.nan)}


def _burst() -> Case:
    lost = {"loss": None, "val_loss": None}
    epochs = (EpochRecord(0, {"loss": 41.0, "val_loss": 1e4}, 1.0), EpochRecord(1, lost, 1.0))
    return example_case(steps=_STEPS, changes={"epochs": epochs})


def _finite_throughout() -> Case:
    return example_case(steps={0: (1.02, 0.9, 0.8), 1: (0.7, 0.7, 0.69)})


@check(
    code="FIT112",
    name="loss-became-non-finite",
    family="FIT",
    severity="error",
    fires_on=_burst,
    silent_on=_finite_throughout,
)
def loss_became_non_finite(case: Case) -> Iterable[Finding]:
    """The loss became NaN or infinite.

    What it looks for: the first epoch, and the first step in it, whose logged loss is no
    finite number, in training or in validation; and what may have made it so: values in the
    rows, the rate, the loss just before.

    Why it matters: a NaN spreads to every weight in one step, and no later step takes it out
    again. It is a symptom: values in the data, a rate too high, a logarithm of 0 or a root at
    0 in a loss or layer of one's own make it.

    What to do: mend what is named beside it. Where nothing is, compile with
    `run_eagerly=True` and look at each term of the loss in the step that is named;
    `TerminateOnNaN` ends such a fit early.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, sections 4.1 and
    8.2.4; Keras documentation, TerminateOnNaN.
    """
    found = _first(case, "train") or _first(case, "validation")
    if found is not None:
        yield _finding(case, found)


@dataclass(frozen=True, slots=True)
class _Lost:
    """Where the loss of a split was first no number: epoch and step, both from 0."""

    split: Split
    epoch: int
    step: int | None


def _first(case: Case, split: Split) -> _Lost | None:
    name = "loss" if split == "train" else "val_loss"
    if not loss_was_lost(case, name):
        return None
    epochs = (e for e in case.fit.epochs if name in e.logs and not finite(e.logs[name]))
    epoch = min(e.epoch for e in epochs)
    if split == "validation":
        return _Lost(split, epoch, None)
    running = case.steps.get(epoch, ())
    step = next((i for i, value in enumerate(running) if not finite(value)), None)
    return _Lost(split, epoch, step)


def _finding(case: Case, lost: _Lost) -> Finding:
    name = "loss" if lost.split == "train" else "val_loss"
    step = f", step {count(lost.step + 1)}" if lost.step is not None else ""
    causes = _causes(case, lost.split)
    return loss_became_non_finite.finding(
        case,
        status="confirmed",
        message=f"{name} is NaN or infinite from epoch {count(lost.epoch + 1)}{step} on",
        observed=Observed(float(lost.epoch + 1), "epoch, from 1"),
        expected=Expected("==", None, "a loss is a finite number"),
        size=1.0,
        evidence=(
            *_before(case, lost),
            *(causes or ["neither rows nor rate are to blame as far as was measured"]),
            "a NaN is a symptom: what is named beside it comes first",
        ),
        help="look for the first step, and for log, sqrt or division at 0; lower the rate",
        remedies=("lower-learning-rate", "clip-gradients"),
        explains=("CUR102", "CUR106", "EVL102", "EVL107", "EVL109"),
    )


def _before(case: Case, lost: _Lost) -> list[str]:
    """The last finite loss of the split, if there was one."""
    if lost.step:
        before = case.steps[lost.epoch][lost.step - 1]
        return [f"mean loss of epoch {lost.epoch + 1} one step before: {figure(before)}"]
    name = "loss" if lost.split == "train" else "val_loss"
    earlier = [v for epoch, v in case.history(name).items() if epoch < lost.epoch]
    return [f"{name} one epoch before: {figure(earlier[-1])}"] if earlier else []


def _causes(case: Case, split: Split) -> list[str]:
    inputs = [(part.name, part.non_finite) for part in case.inputs(split)]
    targets = [(part.name, part.non_finite) for part in case.targets(split)]
    lines = [
        f"{plural(n, 'value')} of {name} ({split}) NaN or infinite"
        for name, n in (*inputs, *targets)
        if n
    ]
    start = step_test(case, "start")
    rise = start.rise if start else None
    if start is not None and rise is not None and rise > DELTA_OF_LOSS:
        lines.append(f"at rate {rate_text(rate_of(case))}: {start.line}")
    return lines
