"""CUR106: training loss does not fall, and training rows score as a constant does."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.curve_trends import data_loss, is_flat_from_the_start
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import MATTERS, outcome
from valgap.evidence.account import Estimate
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, plural

# Two epochs after the first are the fewest that can be compared.
ENOUGH_EPOCHS = 3

_FLAT = (1.43, 1.39, 1.388, 1.387, 1.386, 1.387, 1.386, 1.387, 1.386, 1.386, 1.386, 1.386)


def _at_chance() -> Case:
    predictions = scored(0.25, 0.26)
    return example_case(
        loss=_FLAT, val_loss=_FLAT, rows={}, measured_model={"predictions": predictions}
    )


def _falling() -> Case:
    return example_case(measured_model={"predictions": scored(0.95, 0.93)})


@check(
    code="CUR106",
    name="not-learning",
    family="CUR",
    severity="error",
    needs=("predictions",),
    fires_on=_at_chance,
    silent_on=_falling,
)
def not_learning(case: Case) -> Iterable[Finding]:
    """Training loss is flat from the start, and training rows score as by chance.

    What it looks for: a training loss, without penalties where they were measured, that has
    fallen since the second epoch by less than 5 % or not beyond its noise; and training rows
    in inference mode that score no better than the best constant prediction. A fit that
    goes on from weights that score well is left alone.

    Why it matters: any network of some size can learn its own training rows by heart. One
    that cannot is kept from it, and nothing else in the run says anything. It is a state,
    not a cause.

    What to do: see the finding that explains it: head and loss, rate, initial weights, dead
    units, inputs out of scale, labels that do not belong to their rows.

    References: Zhang et al., Understanding Deep Learning Requires Rethinking Generalization,
    2017 (networks fit even random labels).
    """
    came_out = outcome(case)
    values = list(data_loss(case).values())
    train = came_out.train
    if train is None or len(values) < ENOUGH_EPOCHS or not came_out.has_not_learned:
        return
    if is_flat_from_the_start(case):
        yield _finding(case, train, values)


def _finding(case: Case, train: Estimate, values: list[float]) -> Finding:
    start, end = values[1], values[-1]
    reference = outcome(case).reference
    # Where no cheap model finds anything either, there may be nothing to be learned.
    hopeless = reference is not None and reference.value < MATTERS
    return not_learning.finding(
        case,
        severity="warning" if hopeless else "error",
        status="confirmed",
        message=(
            f"not learning: loss {figure(start)} at epoch 2, {figure(end)} at the end, at chance"
        ),
        observed=Observed(train.value, "skill on training rows", train.low, train.high, train.n),
        expected=Expected(">=", MATTERS, "the smallest skill that matters, 0 is chance"),
        size=1.0,
        evidence=(
            f"training loss over {plural(len(values), 'epoch')}: first {figure(values[0])}, "
            f"then {figure(start)}, last {figure(end)}; a fall of "
            f"{100 * DELTA_OF_LOSS:.0f} % would be one",
            f"training rows in inference mode: skill {figure(train.value)}{_interval(train)}",
            *(["a cheap reference finds nothing in these rows either"] if hopeless else []),
        ),
        help="see what explains it; first try to fit 32 rows by heart",
    )


def _interval(estimate: Estimate) -> str:
    if not finite(estimate.low) or not finite(estimate.high):
        return ""
    return f" ({figure(estimate.low)} to {figure(estimate.high)}), 0 is a constant prediction"
