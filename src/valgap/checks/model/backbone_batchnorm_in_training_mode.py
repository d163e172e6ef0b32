"""MOD124: fine-tuning that moves a backbone's batch statistics on small batches."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.backbones import Backbone, backbone_of, trained_batchnorms
from valgap.checks.batch_statistics import HALF, Deficit, deficits, figures, measured_lines
from valgap.checks.example_case import example_case
from valgap.evidence.records import DataRecord, LayerKind, LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure, places, plural

# Below 16 rows a batch the error of batch normalisation rises steeply: Wu and He, 2018, fig. 1.
SMALL_BATCH = 16

_LAG = (0.9, 1.6, 1.2, 1.1, 1.1, 1.8, 1.2, 1.3, 1.1, 1.2, 1.0, 1.4)
_LOSS = (1.02, 0.74, 0.58, 0.48, 0.42, 0.38, 0.35, 0.33, 0.315, 0.30, 0.29, 0.285)


def _layers(trainable: bool) -> tuple[LayerRecord, ...]:
    def record(name: str, cls: str, moves: bool) -> LayerRecord:
        kind: LayerKind = "batch-statistics" if cls == "BatchNormalization" else "plain"
        return LayerRecord(name, cls, name, kind, moves, 9_472, (56, 56, 64), {"momentum": 0.99})

    return (
        record("conv1_conv", "Conv2D", False),
        record("conv1_bn", "BatchNormalization", False),
        record("conv2_block1_out", "Activation", False),
        record("conv5_block3_3_conv", "Conv2D", True),
        record("conv5_block3_3_bn", "BatchNormalization", trainable),
        record("dense", "Dense", True),
    )


def _case(trainable: bool, lag: tuple[float, ...]) -> Case:
    return example_case(
        loss=_LOSS,
        val_loss=[a + b + 0.04 for a, b in zip(_LOSS, lag, strict=True)],
        rows={"batch-statistics": lag},
        closes={"training": 0.9, "inference": 0.92},
        layer_records=_layers(trainable),
        changes={"train": DataRecord("train", "numpy", 400, 8, 50)},
    )


def _moving() -> Case:
    return _case(True, _LAG)


def _at_rest() -> Case:
    return _case(False, (0.0,) * 12)


@check(
    code="MOD124",
    name="backbone-batchnorm-in-training-mode",
    family="MOD",
    severity="warning",
    needs=("batch-statistics",),
    fires_on=_moving,
    silent_on=_at_rest,
)
def backbone_batchnorm_in_training_mode(case: Case) -> Iterable[Finding]:
    """Fine-tuning moves the batch statistics of a known backbone on small batches.

    What it looks for: trainable batch normalisation of a network of `keras.applications`,
    not held in inference mode, batches of at most 16 rows, and training rows that
    score much worse under the moving statistics than under those of their batches.

    Why it matters: the statistics were learned on a million pictures. A few small batches
    replace them by noise, and with them much of what the backbone knew.

    What to do: set `trainable=False` on the batch normalisation of the backbone, which keeps
    its statistics also when other weights are released; then larger batches. A call with
    `training=False` does the same only where `fit` does not overrule it (MOD122 says so).

    References: Keras documentation, Transfer learning & fine-tuning ("Important notes about
    BatchNormalization layer"); Wu and He, Group Normalization, 2018, figure 1.
    """
    backbone, batch = backbone_of(case), case.fit.train.batch_size
    moved = trained_batchnorms(case)
    if backbone is None or not moved or batch is None or batch > SMALL_BATCH:
        return
    if case.model is not None and False in case.model.fixed_modes.values():
        return
    found = [deficit for deficit in deficits(case) if not _is_dropouts(deficit)]
    if found:
        yield _finding(case, backbone, moved, found[0])


def _is_dropouts(deficit: Deficit) -> bool:
    """Whether only statistics taken with dropout off close it: MOD108's."""
    off, on = deficit.closed_by(deficit.inference), deficit.closed_by(deficit.training)
    return off is not None and on is not None and off >= HALF and on < HALF


def _finding(
    case: Case, backbone: Backbone, moved: tuple[LayerRecord, ...], deficit: Deficit
) -> Finding:
    made = deficit.either
    name, before, after = figures(made)
    d = places([before])
    layers = plural(len(moved), "batch norm")
    batch = case.fit.train.batch_size
    return backbone_batchnorm_in_training_mode.finding(
        case,
        status="confirmed" if backbone.is_frozen_at_the_start else "suspected",
        message=f"{backbone.family.name}: {layers} of the backbone moved on batches of {batch}",
        observed=Observed(deficit.size, "loss of training rows", n=made.closed.n),
        expected=Expected("<=", deficit.delta, "5 % of the loss, DESIGN section 6"),
        size=min(1.0, deficit.size / deficit.level),
        scope=Scope(layer=", ".join(layer.name for layer in moved[:5])),
        evidence=(
            *measured_lines(case, deficit, made),
            f"re-estimating takes {name} from {figure(before, d)} to {figure(after, d)}",
            *_overruled_lines(case),
            *_origin_line(backbone),
        ),
        help="trainable=False on the batch normalisation of the backbone; then larger batches",
        remedies=("freeze-backbone-batchnorm",),
        explains=("MOD106", "MOD107", "CUR103", "CUR105"),
    )


def _overruled_lines(case: Case) -> list[str]:
    told = case.model.ignored_arguments if case.model else ()
    return [f"{each} was given, and fit overrules it" for each in told if "training=False" in each]


def _origin_line(backbone: Backbone) -> list[str]:
    if backbone.is_frozen_at_the_start:
        return []
    return [
        "whether its weights were pretrained was not seen; what would settle it: pairs of fits "
        "with its batch normalisation frozen and as it is"
    ]
