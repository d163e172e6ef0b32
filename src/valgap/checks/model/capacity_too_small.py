"""MOD119: a network that is too small for its task, where nothing else is in the way."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.curve_trends import at_rest, data_loss, late
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.feature_maps import has_branches
from valgap.checks.obstacles import obstacle
from valgap.checks.outcome import outcome
from valgap.checks.shortfall import FAR, Shortfall, shortfall
from valgap.evidence.model import HeadRecord, LayerMeasured, RateMeasured, RateStep
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure

_LOSS = (1.38, 1.2, 1.1, 1.05, 1.02, 1.01, 1.0, 1.0, 0.999, 0.999, 0.998, 0.998)


def _network(units: int) -> tuple[LayerMeasured, ...]:
    return (
        LayerMeasured("dense", "Dense", units, True, activation="relu"),
        LayerMeasured("dense_1", "Dense", 4, True, activation="softmax"),
    )


def _case(units: int, train: float, loss: tuple[float, ...]) -> Case:
    head = HeadRecord(
        "output", "dense_1", (4,), "softmax", "categorical_crossentropy", False, "multiclass"
    )
    inputs = InputRecord("train", "x", "table", (20,), "float32", 1408, -3.0, 3.0, 0.0, 1.0)
    steps = (RateStep(0.1, loss[-1] - 0.001), RateStep(10.0, loss[-1] + 0.3))
    return example_case(
        loss=loss,
        val_loss=[value + 0.02 for value in loss],
        rows={},
        measured_model={
            "heads": (head,),
            "layers": _network(units),
            "predictions": scored(train, train - 0.02),
            "rates": (RateMeasured("end", 0.001, loss[-1], steps, 1.0),),
        },
        measured_rows={"references": referenced(0.9), "inputs": (inputs,)},
    )


def _narrow() -> Case:
    return _case(2, 0.52, _LOSS)


def _wide() -> Case:
    return _case(64, 0.96, (1.38, 0.8, 0.5, 0.38, 0.3, 0.25, 0.21, 0.18, 0.16, 0.15, 0.14, 0.13))


@check(
    code="MOD119",
    name="capacity-too-small",
    family="MOD",
    severity="warning",
    needs=("layers", "heads", "predictions", "references", "rates", "inputs", "ledger"),
    fires_on=_narrow,
    silent_on=_wide,
)
def capacity_too_small(case: Case) -> Iterable[Finding]:
    """The network is too small for its task, as far as no other cause was measured.

    What it looks for: training rows that score clearly below a cheap reference, a training
    loss that has come to rest above it, and a network that is narrow: a hidden layer with
    fewer units than the classes take, or fewer parameters than can fit any labelling of
    the rows; a layer of less than half the units that classes take, at rest or not. It is
    not said where anything else that was measured holds the fit down.

    Why it matters: no data, rate or number of epochs gets past what the network can express.

    What to do: widen the narrowest layer first, then add a layer; drop penalties only if they
    are felt.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 5.2; Zhang et
    al., Understanding Deep Learning Requires Rethinking Generalization, 2017, theorem 1
    (2n + d weights fit any n rows of d features).
    """
    found = shortfall(case)
    if found is None or outcome(case).has_not_learned:
        return
    narrow = _bottleneck(case) or (_narrowness(case) if at_rest(data_loss(case)) else None)
    if narrow is not None and obstacle(case) is None:
        yield _finding(case, found, narrow)


def _narrowness(case: Case) -> str | None:
    """What makes the network narrow, in words, or None."""
    classes = _classes(case)
    # k classes take k - 1 dimensions to stand equally far apart.
    if thin := _thinner_than(case, classes - 1):
        return thin
    rows, features = case.fit.train.rows, _features(case)
    enough = 2 * rows + features if rows and features else None
    if enough is not None and case.fit.model.parameters < enough:
        return (
            f"{count(case.fit.model.parameters)} parameters; 2n + d = {count(enough)} would fit "
            "any labelling of the rows"
        )
    return None


def _classes(case: Case) -> int:
    """How many classes the widest output tells apart; columns of numbers take no units each."""
    heads = [head for head in case.heads() if head.shape and head.task != "regression"]
    return max((head.shape[-1] or 0 for head in heads), default=0)


def _bottleneck(case: Case) -> str | None:
    """A layer of less than half the dimensions that classes take: slow to train, too."""
    return _thinner_than(case, (_classes(case) - 1) / 2)


def _thinner_than(case: Case, units: float) -> str | None:
    if has_branches(case):
        return None  # what is narrow may be a gate, and other paths lead past it
    heads = {head.layer for head in case.heads()}
    for layer in case.measured_layers():
        if layer.name in heads or not layer.has_weights or "Normalization" in layer.cls:
            continue
        if layer.units and layer.units < units:
            return f"{layer.name} has {layer.units} units before {_classes(case)} outputs"
    return None


def _features(case: Case) -> int:
    sizes = (math.prod(record.shape) for record in case.inputs() if record.shape)
    return sum(sizes)


def _finding(case: Case, found: Shortfall, narrow: str) -> Finding:
    train, best = found.train, found.reference
    is_at_rest = at_rest(data_loss(case))
    return capacity_too_small.finding(
        case,
        status="suspected",
        message=(
            f"capacity too small: training skill {figure(train.value)}, "
            f"a cheap reference {figure(best.value)}"
        ),
        observed=Observed(train.value, "skill on training rows", train.low, train.high, train.n),
        expected=Expected(
            ">=", best.value - FAR, "a cheap reference, less twice the skill that matters"
        ),
        size=0.5 * found.share,
        evidence=(
            narrow,
            f"skill of 0 is a constant prediction, 1 a perfect one; the reference was scored on "
            f"{found.rows}",
            f"training loss {'has come to rest' if is_at_rest else 'still falls slowly'} "
            f"at {_rest(case)}",
            "what would settle it: 32 rows fitted alone for some hundred steps, penalties and "
            "noise off; a network that is large enough learns them by heart",
        ),
        help="widen the narrowest layer, then add one; measure each in pairs",
        remedies=("wider-layers", "more-layers"),
        explains=("CUR102", "CUR104", "EVL107", "EVL109"),
    )


def _rest(case: Case) -> str:
    values = late(data_loss(case))
    return figure(values[-1]) if values and finite(values[-1]) else "an unknown level"
