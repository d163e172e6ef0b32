"""What larger steps gain, how far the weights moved, and what rate is usual: together they tell.

The losses of START and END are those of a small convolution network on four shapes, Adam at 2e-5,
456 steps: 61 % right where a linear model is always right. AT_REST are those of one tanh unit on
two rings, Adam at 3e-4 for 13,500 steps, 60 % right: it is too small, and no rate mends it.
"""

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.fit.learning_rate_too_low import learning_rate_too_low
from valgap.evidence.model import LayerMeasured, RateMeasured, RateStep

START = ((1, 1.417), (10, 1.414), (30, 1.4076), (100, 1.3867), (300, 1.3488), (1000, 1.3753))
END = ((1, 1.3309), (10, 1.3285), (30, 1.3234), (100, 1.3071), (300, 1.275), (1000, 1.2778))
LITTLE = ((1, 1.3309), (10, 1.3305), (30, 1.329), (100, 1.32), (300, 1.3), (1000, 1.31))
AT_REST = ((1, 0.6449), (10, 0.6446), (100, 0.643), (300, 0.639), (1000, 0.635))
LOSS = (1.41, 1.40, 1.396, 1.389, 1.382, 1.375, 1.368, 1.362, 1.355, 1.349, 1.343, 1.337)


def measured(at: str, rate: float, before: float, losses: tuple[tuple[float, float], ...]):
    return RateMeasured(at, rate, before, tuple(RateStep(m, loss) for m, loss in losses), 300.0)


def codes(
    rate: float, end: tuple[tuple[float, float], ...], before: float = 1.3312, moved: float = 0.07
) -> list[str]:
    case = example_case(
        loss=LOSS,
        val_loss=[v - 0.004 for v in LOSS],
        rows={},
        learning_rates=[rate] * 12,
        measured_rows={"references": references(0.99, 0.61, classes=4)},
        measured_model={
            "rates": (measured("start", rate, 1.4174, START), measured("end", rate, before, end)),
            "layers": (LayerMeasured("dense", "Dense", has_weights=True, moved=moved),),
            "predictions": classified(0.61, 0.61, classes=4),
        },
    )
    return [finding.code for finding in learning_rate_too_low(case)]


@pytest.mark.parametrize(
    ("rate", "end", "told"),
    [
        pytest.param(2e-5, END, ["FIT102"], id="chosen low, 4 % to gain"),
        pytest.param(1e-3, END, [], id="the usual rate, 4 % to gain"),
        pytest.param(2e-5, LITTLE, [], id="chosen low, 2 % to gain: at an end"),
    ],
)
def test_what_larger_steps_gain_is_held_against_the_rate(rate, end, told):
    assert codes(rate, end) == told


@pytest.mark.parametrize(("moved", "told"), [(0.07, ["FIT102"]), (1.7, [])])
def test_weights_that_moved_far_are_those_of_no_fit_that_hardly_moves(moved, told):
    assert codes(3e-4, AT_REST, 0.645, moved) == told
