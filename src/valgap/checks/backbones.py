"""Known pretrained networks, told by the names that keras.applications gives their layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from valgap.case import Case
from valgap.evidence.records import LayerRecord

# What `preprocess_input` of each family gives (keras.applications, imagenet_utils): caffe
# is blue-green-red less the ImageNet means, tf -1 to 1, torch 0 to 1 standardised by ImageNet.
# `own` families hold their scaling as layers and take 0 to 255.
Mode = Literal["caffe", "tf", "torch", "own"]
_UNNAMED = re.compile(r"batch_normalization(_\d+)?")


@dataclass(frozen=True, slots=True)
class Family:
    """One family: its preprocessing, its first convolution, and names only it has.

    `first` is None where layers have no names of their own; `first_parameters` tells then.
    `lacking` are names that only a relative has. `scaling` gives its range.
    """

    name: str
    mode: Mode
    first: str | None
    landmarks: tuple[str, ...]
    first_parameters: int = 0
    lacking: tuple[str, ...] = ()
    scaling: str = "preprocess_input"

    @property
    def is_of_keras(self) -> bool:
        """Whether keras.applications has it, and not somebody who follows its names."""
        return self.scaling == "preprocess_input"


FAMILIES = (
    Family("VGG", "caffe", "block1_conv1", ("block1_conv2", "block2_conv1")),
    Family("Xception", "tf", "block1_conv1", ("block1_conv1_bn", "block2_sepconv1")),
    Family("ResNetV2", "tf", "conv1_conv", ("conv2_block1_preact_bn",)),
    Family("ResNet", "caffe", "conv1_conv", ("conv1_bn", "conv2_block1_out")),
    Family("DenseNet", "torch", "conv1_conv", ("conv1_bn", "conv2_block1_concat")),
    Family("MobileNet", "tf", "conv1", ("conv_dw_1", "conv_pw_1")),
    Family("MobileNetV2", "tf", "Conv1", ("expanded_conv_depthwise",)),
    Family("MobileNetV3", "own", "conv", ("expanded_conv_depthwise",)),
    # Ports of Lite keep the names, and neither squeeze and excite nor scale their input.
    Family(
        "EfficientNet-Lite",
        "tf",
        "stem_conv",
        ("stem_bn", "block1a_dwconv", "block1a_project_bn"),
        lacking=("block1a_se_reduce",),
        scaling="(x - 127) / 128",
    ),
    Family("EfficientNet", "own", "stem_conv", ("stem_bn", "block1a_project_bn")),
    Family("NASNet", "tf", "stem_conv1", ("stem_bn1",)),
    Family("Inception", "tf", None, ("mixed0", "mixed1"), 864),
    Family("InceptionResNet", "tf", None, ("mixed_5b", "conv_7b"), 864),
)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A known network inside the model, with its first convolution."""

    family: Family
    first: LayerRecord

    @property
    def is_frozen_at_the_start(self) -> bool:
        """Whether its first layer is frozen: nobody freezes weights drawn at random."""
        return not self.first.trainable


def backbone_of(case: Case) -> Backbone | None:
    """Gives back the known network that the model holds, or None."""
    layers = case.fit.model.layers
    names = {layer.name for layer in layers}
    for family in FAMILIES:
        if not names >= set(family.landmarks) or names & set(family.lacking):
            continue
        first = next((layer for layer in layers if _is_first(layer, family)), None)
        if first is not None:
            return Backbone(family, first)
    return None


def _is_first(layer: LayerRecord, family: Family) -> bool:
    if family.first is not None:
        return layer.name == family.first
    return layer.cls == "Conv2D" and layer.parameters == family.first_parameters


def trained_batchnorms(case: Case) -> tuple[LayerRecord, ...]:
    """Gives back trainable batch normalisations that a network named, not Keras by number."""
    return case.layers(
        lambda layer: (
            layer.kind == "batch-statistics"
            and layer.trainable
            and not _UNNAMED.fullmatch(layer.name)
        )
    )
