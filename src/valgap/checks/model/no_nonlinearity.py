"""MOD104: layers of weights with nothing that bends between them."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.learning import learns_poorly, skill_lines
from valgap.checks.outcome import MATTERS, outcome
from valgap.checks.trouble import OF_LEARNING
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Severity, Status
from valgap.registry import check
from valgap.wording import figure

WEIGHTED = ("Dense", "EinsumDense", "Conv", "SeparableConv", "DepthwiseConv")
# What maps inputs to outputs by a straight line in inference mode, or only moves them about.
# Whatever is not named, such as a layer of the user's own, is taken to bend.
STRAIGHT = (
    *("InputLayer", "Functional", "Sequential", "TimeDistributed", "Identity", "Embedding"),
    *("Flatten", "Reshape", "Permute", "RepeatVector", "ZeroPadding", "Cropping", "UpSampling"),
    *("AveragePooling", "GlobalAveragePooling", "Add", "Subtract", "Average", "Concatenate"),
    *("BatchNormalization", "Normalization", "Rescaling", "ActivityRegularization"),
    *("Dropout", "SpatialDropout", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation"),
)
POOLS = ("MaxPooling", "GlobalMaxPooling")
_SEVERITY: dict[str, Severity] = {"confirmed": "error", "harmless": "note"}
# Cheap references that are no straight line.
BENT_REFERENCES = ("neighbours", "minirocket")


def _layers(activation: str) -> tuple[LayerRecord, ...]:
    units = ((64, activation), (32, activation), (4, "softmax"))
    return tuple(
        LayerRecord(f"dense_{i}", "Dense", "", "plain", True, 900, (n,), {"activation": a})
        for i, (n, a) in enumerate(units)
    )


def _example(activation: str, score: float) -> Case:
    return example_case(
        layer_records=_layers(activation),
        measured_model={"predictions": scored(score, score - 0.02)},
        measured_rows={"references": referenced(0.9, kind="neighbours")},
    )


@check(
    code="MOD104",
    name="no-nonlinearity",
    family="MOD",
    severity="error",
    needs=("predictions",),
    fires_on=lambda: _example("linear", 0.42),
    silent_on=lambda: _example("relu", 0.93),
)
def no_nonlinearity(case: Case) -> Iterable[Finding]:
    """No layer bends its inputs, so that all layers together are one linear layer.

    What it looks for: at least two layers of weights, none but the last with an activation,
    and no layer between them that is no straight line. Max-pooling is none, so with it the
    layers are not one, but next to it. Then whether a reference that can bend (nearest
    neighbours, MiniRocket) does better than the model on its own training rows.

    Why it matters: a linear layer of a linear layer is a linear layer. Such a model can only
    draw straight borders, however many layers and units it has.

    What to do: `activation="relu"` on every layer but the last.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 6.1 (XOR);
    Leshno et al., Multilayer Feedforward Networks with a Nonpolynomial Activation Function
    Can Approximate Any Function, 1993.
    """
    hidden = _straight_layers(case.fit.model.layers)
    if not hidden:
        return
    status = _status(case)
    if status is not None:
        yield _finding(case, hidden, status)


def _straight_layers(layers: tuple[LayerRecord, ...]) -> tuple[LayerRecord, ...]:
    """Gives back the layers of weights before the last one, nothing if anything bends there."""
    weighted = [i for i, layer in enumerate(layers) if _is_any(layer, WEIGHTED)]
    before = layers[: weighted[-1]] if weighted else ()
    if any(_bends(layer) for layer in before):
        return ()
    return tuple(layer for layer in before if _is_any(layer, WEIGHTED))


def _bends(layer: LayerRecord) -> bool:
    if _is_any(layer, WEIGHTED) or layer.cls == "Activation":
        return layer.config.get("activation") != "linear"
    return not _is_any(layer, (*STRAIGHT, *POOLS))


def _is_any(layer: LayerRecord, names: Iterable[str]) -> bool:
    """Tells a layer by its class, whatever the number of its dimensions."""
    bare = layer.cls.removesuffix("Transpose")
    dimensions = ("", "1D", "2D", "3D")
    return any(bare == name + suffix for name in names for suffix in dimensions)


def _status(case: Case) -> Status | None:
    told = outcome(case)
    if told.is_good:
        return "harmless"
    if not learns_poorly(case):
        return None
    has_pools = bool(case.layers(lambda layer: _is_any(layer, POOLS)))
    bent, straight = _score(case, BENT_REFERENCES), _score(case, ("linear",))
    if bent is None or told.train is None:
        return "suspected"
    a_line_does_better = straight is not None and straight > told.train.value + MATTERS
    wins = bent > told.train.value + 2 * MATTERS
    return "confirmed" if wins and not has_pools and not a_line_does_better else "suspected"


def _score(case: Case, kinds: Iterable[str]) -> float | None:
    """Gives back the best skill of references of some kinds."""
    made = case.rows.references if case.rows else None
    if made is None or not finite(made.chance):
        return None
    room = max(1 - made.chance, 1e-9)
    found = [made.scores[kind].value for kind in kinds if kind in made.scores]
    return max(((v - made.chance) / room for v in found if finite(v)), default=None)


def _finding(case: Case, hidden: tuple[LayerRecord, ...], status: Status) -> Finding:
    train, bent = outcome(case).train, _score(case, BENT_REFERENCES)
    gain = bent - train.value if bent is not None and train is not None else 0.5
    last = "training with relu on these layers would settle it"
    return no_nonlinearity.finding(
        case,
        severity=_SEVERITY.get(status, "warning"),
        status=status,
        message=f"no non-linearity: {len(hidden) + 1} layers of weights in a row are linear",
        observed=Observed(0.0, "layers that bend their inputs"),
        expected=Expected(">=", 1.0, "Leshno et al. 1993"),
        size=min(1.0, max(0.0, gain)),
        evidence=(
            "without activation: " + ", ".join(layer.name for layer in hidden[:6]),
            *skill_lines(case),
            *([f"references that can bend reach skill {figure(bent, 2)}"] if bent else []),
            *([] if status == "confirmed" else [last]),
        ),
        help="activation='relu' on every layer but the last",
        remedies=("relu-between-layers",),
        explains=() if status == "harmless" else OF_LEARNING,
    )
