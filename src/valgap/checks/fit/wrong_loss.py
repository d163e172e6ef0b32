"""FIT109: a loss that fits the head, but not the task."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.heads_and_targets import OF_ROWS, OF_SHARES, OF_SIGNS, Pair, pairs
from valgap.checks.learning import has_failed, lost_skill, of_output, skill_lines
from valgap.checks.outcome import POOR, outcome
from valgap.checks.trouble import OF_THE_TASK
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure

DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")
PROBABILITIES = ("sigmoid", "softmax")
# Predictions that follow the targets this closely are right but for scale: nine tenths of
# the variance could be explained by a straight line (.95 squared).
FOLLOWS = 0.95
LONGEST = 32


def _flags_under_softmax() -> Case:
    return _case("categorical_crossentropy", "softmax", 0.55)


def _flags_under_sigmoids() -> Case:
    return _case("binary_crossentropy", "sigmoid", 0.88)


def _case(loss: str, activation: str, score: float) -> Case:
    head = HeadRecord("output", "dense_1", (5,), activation, loss, False, "multilabel", (5,))
    target = TargetRecord(
        "train", "y", "flags", (5,), "int64", 1408, 0.0, 1.0, 0.4, 0.49, 2, whole_numbers=True
    )
    return example_case(
        compiled={"loss": loss},
        measured_rows={"targets": (target,), "references": references(0.9, score)},
        measured_model={"heads": (head,), "predictions": classified(score, score)},
    )


@check(
    code="FIT109",
    name="wrong-loss",
    family="FIT",
    severity="error",
    needs=("heads", "targets", "predictions"),
    fires_on=_flags_under_softmax,
    silent_on=_flags_under_sigmoids,
)
def wrong_loss(case: Case) -> Iterable[Finding]:
    """The loss fits the head, but not the task.

    What it looks for: training rows that are not learned, under a loss for one class a row on
    several flags a row; a distance, or a loss of flags, on classes; a relative error on
    targets at or below 0; a hinge behind a sigmoid; or a loss blind to scale whose
    predictions follow the targets and miss their size. A squared error behind a softmax that
    learns is left alone.

    Why it matters: the loss falls, and what it rewards is not what is asked for: shares of a
    softmax leave room for one flag above a half, a squared error behind a saturated sigmoid
    has no slope, a relative error is made by the targets nearest 0.

    What to do: sigmoids with binary cross-entropy for flags, softmax with categorical
    cross-entropy for classes, squared or absolute error for numbers.

    References: Bishop, Pattern Recognition and Machine Learning, 2006, sections 4.3.2 and
    5.2; Golik, Doetsch and Ney, Cross-Entropy vs. Squared Error Training, 2013.
    """
    for pair in pairs(case):
        own = of_output(case, pair.head.output)
        told = next((t for rule in _RULES if (t := rule(own, pair))), None)
        if told is not None and not outcome(own).is_good and has_failed(own):
            yield _finding(own, pair, *told)


Told = tuple[Status, str, str, float]


def _one_class_for_flags(case: Case, pair: Pair) -> Told | None:
    del case
    if pair.target.encoding != "flags" or pair.head.loss not in OF_ROWS:
        return None
    if pair.head.activation != "softmax":
        return None
    return "confirmed", "several flags a row", "sigmoids and binary_crossentropy", 1.0


def _distance_on_classes(case: Case, pair: Pair) -> Told | None:
    del case
    if pair.head.loss not in DISTANCES or pair.head.activation not in PROBABILITIES:
        return None
    if pair.target.encoding == "numbers" or not pair.target.whole_numbers:
        return None
    return "suspected", "labels of classes", "a cross-entropy", 0.5


def _flags_on_classes(case: Case, pair: Pair) -> Told | None:
    del case
    is_of_flags = pair.head.loss in OF_SHARES and pair.target.encoding == "one-hot"
    if not is_of_flags or pair.head.task != "multiclass" or (pair.units or 0) < 3:
        return None
    return "suspected", "one class a row", "softmax and categorical_crossentropy", 0.5


def _hinge_behind_sigmoid(case: Case, pair: Pair) -> Told | None:
    del case
    if pair.head.loss not in OF_SIGNS or pair.head.activation != "sigmoid":
        return None
    return "suspected", "a sigmoid, never below 0", "a tanh or linear unit", 0.5


def _relative_error(case: Case, pair: Pair) -> Told | None:
    del case
    low, high, loss = pair.target.low, pair.target.high, pair.head.loss
    if not (finite(low) and finite(high)) or pair.target.encoding not in ("numbers", "classes"):
        return None
    if loss == "mean_absolute_percentage_error" and low <= 0 <= high:
        return "suspected", "targets at or about 0", "mean_absolute_error", 1.0
    if loss in ("mean_squared_logarithmic_error", "poisson") and low < 0:
        return "suspected", "targets below 0", "mean_squared_error", 1.0
    return None


def _blind_to_scale(case: Case, pair: Pair) -> Told | None:
    if pair.head.loss != "cosine_similarity" or pair.target.encoding != "numbers":
        return None
    for made in case.predictions("train"):
        follows = finite(made.correlation) and made.correlation > FOLLOWS
        if follows and made.r2 is not None and made.r2.value < POOR:
            return "confirmed", "numbers, blind to their size", "mean_squared_error", 1.0
    return None


_RULES: tuple[Callable[[Case, Pair], Told | None], ...] = (
    _one_class_for_flags,
    _distance_on_classes,
    _flags_on_classes,
    _hinge_behind_sigmoid,
    _relative_error,
    _blind_to_scale,
)


def _finding(case: Case, pair: Pair, status: Status, on: str, remedy: str, share: float) -> Finding:  # noqa: PLR0913, PLR0917
    target, loss = pair.target, pair.head.loss[:LONGEST]
    train = outcome(case).train
    return wrong_loss.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        location=case.fit.compile.location if case.fit.compile else case.fit.location,
        message=f"{loss} on {on}: skill {figure(train.value if train else None)}",
        observed=Observed(train.value if train else None, "skill on training rows"),
        expected=Expected(">=", POOR, "half of what is there to be had, or a reference's skill"),
        size=share * lost_skill(case),
        scope=Scope(layer=pair.head.layer),
        evidence=(
            f"output {pair.head.output[:LONGEST]}: loss {loss}, activation "
            f"{pair.head.activation}; targets {target.encoding} from {figure(target.low)} to "
            f"{figure(target.high)}",
            *skill_lines(case),
            *(
                [f"what settles it: pairs of fits with {loss} and with {remedy}"]
                if status == "suspected"
                else []
            ),
        ),
        help=remedy,
        remedies=("loss-for-the-task",),
        explains=(*OF_THE_TASK, "FIT110"),
    )
