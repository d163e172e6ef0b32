"""FIT107: batches so small that their noise outweighs the gradient at this rate."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.step_tests import BEARABLE, StepTest, is_noisy, rate_of, rate_text, step_test
from valgap.checks.training_course import course
from valgap.checks.trouble import OF_BLOWING_UP, falls_short, loss_was_lost
from valgap.evidence.model import RateMeasured, RateStep
from valgap.evidence.records import DataRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure

_STUCK = (1.92, 1.31, 1.22, 1.31, 1.24, 1.33, 1.21, 1.32, 1.24, 1.31, 1.22, 1.30)


def _noisy() -> Case:
    return _case(0.012)


def _clear() -> Case:
    return _case(1.2)


def _case(signal: float) -> Case:
    losses = ((0.1, 1.12), (1.0, 1.07), (3.0, 1.0), (10.0, 1.6), (100.0, 9.0))
    steps = tuple(RateStep(m, loss) for m, loss in losses)
    return example_case(
        loss=_STUCK,
        val_loss=[v + 0.02 for v in _STUCK],
        rows={},
        learning_rates=[0.3] * 12,
        measured_rows={"references": references(0.85, 0.36, classes=3)},
        measured_model={
            "rates": (RateMeasured("start", 0.3, 1.13, steps, 3.0, signal),),
            "predictions": classified(0.36, 0.36, classes=3),
        },
        changes={"train": DataRecord("train", "arrays", 500, 1, 500, shuffled=True)},
    )


@check(
    code="FIT107",
    name="batch-size-too-small-for-rate",
    family="FIT",
    severity="warning",
    needs=("rates",),
    fires_on=_noisy,
    silent_on=_clear,
)
def batch_size_too_small_for_rate(case: Case) -> Iterable[Finding]:
    """Batches are so small that at this rate noise outweighs the gradient.

    What it looks for: batches of 16 rows or fewer, training rows that are not learned and a
    loss that no longer falls; and, from the first weights, gradients that differ so much from
    batch to batch that the best step is a twentieth of the rate or less, though for all
    rows together the rate does no harm (or else it is FIT101).

    Why it matters: what one step wins the next ones throw away. The loss jumps about, and
    stays where it is or bursts.

    What to do: batches of 32 and more, or a rate lower in the same proportion.

    References: McCandlish et al., An Empirical Model of Large-Batch Training, 2018, section
    2.2; Smith et al., Don't Decay the Learning Rate, Increase the Batch Size, 2018.
    """
    start = step_test(case, "start")
    if start is None or not is_noisy(case) or not falls_short(case) or _falls_on(case):
        return
    yield _finding(case, start)


def _falls_on(case: Case) -> bool:
    told = course(case)
    return not loss_was_lost(case) and told is not None and told.still_falls


def _finding(case: Case, start: StepTest) -> Finding:
    batch, rate, bearable = case.fit.train.batch_size, rate_of(case), start.bearable or 0.0
    is_lost = loss_was_lost(case) or outcome(case).has_not_learned
    return batch_size_too_small_for_rate.finding(
        case,
        status="suspected",
        message=f"batches of {count(batch)} too small: noise bears {figure(bearable)} of the rate",
        observed=Observed(bearable, "best step for this batch size, in steps at the rate"),
        expected=Expected(">", BEARABLE, "noise scale, McCandlish et al., 2018; measured"),
        size=1.0 if is_lost else lost_skill(case),
        evidence=(
            f"squared gradient over its variance from batch to batch of {count(batch)}: "
            f"{figure(start.made.signal)} at the first weights",
            start.line,
            f"rate {rate_text(rate)}; noise bears about {rate_text((rate or 0.0) * bearable)}",
            *skill_lines(case),
            "what settles it: pairs of fits with batches of this size and of 32 or more",
        ),
        help="batches of 32 and more, or a lower rate",
        remedies=("larger-batches", "lower-learning-rate"),
        explains=("CUR102", "CUR106", "EVL102", "EVL107", "EVL109", "MOD114", *OF_BLOWING_UP),
    )
