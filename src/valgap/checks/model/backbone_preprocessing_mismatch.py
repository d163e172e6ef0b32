"""MOD123: a known backbone that is fed another range than it was trained on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from valgap.case import Case, finite
from valgap.checks.backbones import Backbone, Family, Mode, backbone_of
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import scored
from valgap.checks.outcome import outcome
from valgap.evidence.model import LayerMeasured
from valgap.evidence.records import LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure, places

# From low to high, what pictures of 0 to 255 become by the preprocessing of each kind:
# keras.applications, imagenet_utils.preprocess_input.
RANGES: dict[Mode, tuple[float, float]] = {
    "caffe": (-123.7, 151.1),
    "tf": (-1.0, 1.0),
    "torch": (-2.12, 2.64),
    "own": (-2.12, 2.64),
}
# Dark or pale pictures fill a part of the range; a wrong scale misses it by 100 and more
# (255 for a factor of 1/255 too many or too few). The middle between, in logarithms.
FACTOR = 8.0
# Families that scale by themselves give a constant when fed 0 to 1: 1/255 of their range.
WIDTH_FACTOR = 32.0


def _layers(frozen: bool) -> tuple[LayerRecord, ...]:
    names = ("block1_conv1", "block1_conv2", "block2_conv1", "block5_conv3")
    convs = [
        LayerRecord(n, "Conv2D", n, "plain", not frozen, 36_928, (112, 112, 64)) for n in names
    ]
    return (*convs, LayerRecord("dense", "Dense", "dense", "plain", True, 6_422_784, (256,)))


def _case(low: float, high: float) -> Case:
    first = LayerMeasured(
        "block1_conv1", "Conv2D", 64, True, False, "relu", input_low=low, input_high=high
    )
    measured = {"layers": (first,), "predictions": scored(0.7, 0.6)}
    return example_case(layer_records=_layers(True), measured_model=measured)


def _rescaled() -> Case:
    return _case(0.0, 1.0)


def _preprocessed() -> Case:
    return _case(-123.7, 150.9)


@dataclass(frozen=True, slots=True)
class Fed:
    """What goes into the first convolution of a backbone, and how it misses."""

    backbone: Backbone
    low: float
    high: float
    off_by: float

    @property
    def is_off_scale(self) -> bool:
        """Whether the scale is another one; else only the middle is."""
        return self.off_by > 1


@check(
    code="MOD123",
    name="backbone-preprocessing-mismatch",
    family="MOD",
    severity="warning",
    needs=("layers",),
    fires_on=_rescaled,
    silent_on=_preprocessed,
)
def backbone_preprocessing_mismatch(case: Case) -> Iterable[Finding]:
    """A pretrained backbone is fed another range of values than it was trained on.

    What it looks for: a network of `keras.applications`, or EfficientNet-Lite, told by its
    layers and with its first layer frozen, and the range of values that comes to its first
    convolution, against what `preprocess_input` of that family gives (of Lite: (x - 127) / 128).
    EfficientNet and MobileNetV3 hold their own rescaling and take 0 to 255. The order of the
    colours cannot be told from ranges.

    Why it matters: frozen features are worth what they were trained for. A VGG16 fed 0 to 1
    in place of -124 to 151 sees grey pictures, and the head learns from what is left.

    What to do: send pictures of 0 to 255 through `preprocess_input` of the same module, and
    take any other rescaling away; or put it into the model as a layer.

    References: Keras documentation, Keras Applications ("each Keras Application expects a
    specific kind of input preprocessing"); `keras.applications.vgg16.preprocess_input`;
    efficientnet_lite_builder.py of tensorflow/tpu (MEAN_RGB 127, STDDEV_RGB 128).
    """
    backbone = backbone_of(case)
    if backbone is None or not backbone.is_frozen_at_the_start:
        return
    fed = _fed(case, backbone)
    if fed is not None:
        yield _finding(case, fed)


def _fed(case: Case, backbone: Backbone) -> Fed | None:
    """What misses the range the backbone expects, or None."""
    names = (layer for layer in case.measured_layers() if layer.name == backbone.first.name)
    first = next(names, None)
    if first is None or not finite(first.input_low) or not finite(first.input_high):
        return None
    fed = Fed(backbone, first.input_low, first.input_high, 1.0)
    factor = _off_scale(fed)
    if factor is not None:
        return replace(fed, off_by=factor)
    return fed if fed.low >= 0 < fed.high and backbone.family.mode != "own" else None


def _off_scale(fed: Fed) -> float | None:
    """The factor by which values reach too far or not far enough, or None."""
    low, high = RANGES[fed.backbone.family.mode]
    expected, reach = max(-low, high), max(abs(fed.low), abs(fed.high))
    width = fed.high - fed.low
    if reach <= 0 or width <= 0:
        return None
    factor = max(reach / expected, expected / reach)
    if factor > FACTOR:
        return factor
    narrow = (high - low) / width
    return narrow if fed.backbone.family.mode == "own" and narrow > WIDTH_FACTOR else None


def _finding(case: Case, fed: Fed) -> Finding:
    family, d = fed.backbone.family, places([fed.low, fed.high])
    low, high = RANGES[family.mode]
    span = f"{figure(fed.low, d)} to {figure(fed.high, d)}"
    expected = f"{figure(low)} to {figure(high)}"
    harmless = outcome(case).is_good
    return backbone_preprocessing_mismatch.finding(
        case,
        severity="warning" if fed.is_off_scale else "note",
        status="harmless" if harmless else "suspected",
        message=f"{family.name} is fed {span}, trained on {expected}",
        observed=Observed(fed.high, "highest value at the first convolution", fed.low, fed.high),
        expected=Expected("==", high, f"{_given_by(family)}, {family.name}"),
        size=0.6 if fed.is_off_scale else 0.2,
        scope=Scope(layer=fed.backbone.first.name),
        evidence=(
            f"{fed.backbone.first.name}, frozen, gets {span}; {family.scaling} gives {expected}",
            _own_line(fed) if family.mode == "own" else _colour_line(family.mode),
            f"what would settle it: pairs of fits of the head, with {family.scaling} and as it is",
        ),
        help=_help(fed),
        remedies=("backbone-preprocessing",),
        explains=(
            *("MOD114", "MOD117", "CUR102", "CUR104", "CUR106", "EVL102", "EVL107", "EVL109"),
        )
        if fed.is_off_scale
        else (),
    )


def _given_by(family: Family) -> str:
    return f"{family.scaling} of keras.applications" if family.is_of_keras else family.scaling


def _own_line(fed: Fed) -> str:
    return f"{fed.backbone.family.name} rescales by itself and takes pictures of 0 to 255"


def _colour_line(mode: Mode) -> str:
    told = {
        "caffe": "it expects blue, green, red, less the ImageNet means, not divided",
        "tf": "it expects pictures scaled to -1 to 1",
        "torch": "it expects 0 to 1 standardised by the ImageNet means and deviations",
    }
    return told.get(mode, "")


def _help(fed: Fed) -> str:
    if fed.backbone.family.mode == "own":
        return "feed pictures of 0 to 255, without any rescaling of your own"
    if not fed.backbone.family.is_of_keras:
        return f"{fed.backbone.family.scaling} on pictures of 0 to 255"
    return "preprocess_input of the same keras.applications module, on pictures of 0 to 255"
