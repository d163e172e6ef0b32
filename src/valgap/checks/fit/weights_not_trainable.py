"""FIT114: weights that are frozen, or are not updated."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.backbones import backbone_of
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.layer_settings import short
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.step_tests import rate_of
from valgap.checks.training_course import UNTRAINED
from valgap.checks.trouble import falls_short, loss_was_lost
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, percent

# The half that a cause must make up: DESIGN section 6.
HALF = 0.5
# Models within models hold the weights of their layers; look-up tables and statistics are
# loaded or adapted before the fit, and frozen on purpose.
LEFT_ALONE = (
    "Functional",
    "Sequential",
    "Model",
    "Embedding",
    "Normalization",
    "BatchNormalization",
    "TextVectorization",
    "StringLookup",
    "IntegerLookup",
)

_FLAT = tuple(1.12 + 0.001 * (i % 3) for i in range(12))


def _frozen() -> Case:
    return _case(trainable=False)


def _trained() -> Case:
    return _case(trainable=True)


def _case(*, trainable: bool) -> Case:
    layers = tuple(
        LayerRecord(f"dense_{i}", "Dense", f"dense_{i}", "plain", trainable, 1000) for i in range(3)
    )
    score = 0.86 if trainable else 0.34
    return example_case(
        **({} if trainable else {"loss": _FLAT, "val_loss": _FLAT, "rows": {}}),
        layer_records=layers,
        measured_rows={"references": references(0.85, score, classes=3)},
        measured_model={"predictions": classified(score, score, classes=3)},
    )


@check(
    code="FIT114",
    name="weights-not-trainable",
    family="FIT",
    severity="error",
    fires_on=_frozen,
    silent_on=_trained,
)
def weights_not_trainable(case: Case) -> Iterable[Finding]:
    """Weights are frozen, or are left as they were though they are not.

    What it looks for: layers with weights that are not trainable, all of them or half of the
    weights and more, where training rows are not learned; and trainable layers that have a
    gradient and did not move while others did. A known pretrained backbone, look-up
    tables and layers of statistics are frozen on purpose and left alone.

    Why it matters: frozen weights are those of the initialiser unless they were loaded.
    What comes behind them has to make do with features drawn at random.

    What to do: `layer.trainable = True`, then `compile` again; freeze only what was loaded
    with weights.

    References: Keras documentation, Transfer learning and fine-tuning; Yosinski et al., How
    transferable are features in deep neural networks?, 2014.
    """
    if outcome(case).is_good or loss_was_lost(case):
        return
    weighted = case.layers(_holds_weights)
    frozen = [layer for layer in weighted if not layer.trainable]
    if weighted and len(frozen) == len(weighted):
        yield _all_frozen(case, frozen)
    elif falls_short(case):
        share = _share(frozen, weighted)
        if share >= HALF and backbone_of(case) is None:
            yield _partly_frozen(case, frozen, share)
        elif left := _left_as_they_were(case):
            yield _not_updated(case, left)


def _holds_weights(layer: LayerRecord) -> bool:
    return layer.parameters > 0 and layer.cls not in LEFT_ALONE


def _share(frozen: Iterable[LayerRecord], weighted: Iterable[LayerRecord]) -> float:
    held = sum(layer.parameters for layer in weighted)
    return sum(layer.parameters for layer in frozen) / held if held else 0.0


def _left_as_they_were(case: Case) -> list[LayerMeasured]:
    """Trainable layers that have a gradient and did not move, where others did."""
    known = [m for m in case.measured_layers() if m.has_weights and m.moved is not None]
    left = [m for m in known if m.trainable and m.moved == 0 and m.has_gradient is True]
    others = any((m.moved or 0.0) > 0 for m in known)
    return left if others and rate_of(case) != 0 else []


def _all_frozen(case: Case, frozen: list[LayerRecord]) -> Finding:
    layers = len(frozen)
    is_seen = falls_short(case)
    return weights_not_trainable.finding(
        case,
        status="confirmed" if is_seen else "suspected",
        message=f"no weight can be trained: all {count(layers)} layers are frozen",
        observed=Observed(1.0, "share of weights that are frozen"),
        expected=Expected("<", 1.0, "something has to be trained"),
        size=1.0 if is_seen else lost_skill(case),
        evidence=(*_frozen_lines(frozen), *skill_lines(case)),
        help="layer.trainable = True, then compile again",
        remedies=("unfreeze",),
        explains=UNTRAINED,
    )


def _partly_frozen(case: Case, frozen: list[LayerRecord], share: float) -> Finding:
    return weights_not_trainable.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"{percent(share)} of the weights are frozen, in {count(len(frozen))} layers",
        observed=Observed(share, "share of weights that are frozen"),
        expected=Expected("<", HALF, "half of the weights, where no backbone is known"),
        size=share * lost_skill(case),
        scope=Scope(layer=frozen[0].name),
        evidence=(
            *_frozen_lines(frozen),
            "no known pretrained network is among them",
            *skill_lines(case),
            "what settles it: the same fit with these layers trainable",
        ),
        help="layer.trainable = True, then compile again, unless weights were loaded",
        remedies=("unfreeze",),
        explains=UNTRAINED,
    )


def _not_updated(case: Case, left: list[LayerMeasured]) -> Finding:
    return weights_not_trainable.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"{count(len(left))} trainable layers did not move, such as {short(left[0].name)}",
        observed=Observed(float(len(left)), "trainable layers that did not move"),
        expected=Expected("==", 0.0, "what is trainable and has a gradient moves"),
        size=HALF * lost_skill(case),
        scope=Scope(layer=left[0].name),
        evidence=(
            *(f"{m.name} ({m.cls}): has a gradient, moved by 0" for m in left[:5]),
            *skill_lines(case),
            "what settles it: the same fit, compiled again after the last change of trainable",
        ),
        help="compile again after changing trainable; a train_step must update all weights",
        remedies=("unfreeze",),
        explains=UNTRAINED,
    )


def _frozen_lines(frozen: list[LayerRecord]) -> list[str]:
    lines = [f"{f.name} ({f.cls}): {count(f.parameters)} weights, frozen" for f in frozen[:5]]
    return [*lines, f"and {count(len(frozen) - 5)} more"] if len(frozen) > 5 else lines
