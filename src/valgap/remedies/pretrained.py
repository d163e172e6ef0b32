"""Pretrained networks of keras.applications whose weights lie on this machine already."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.observe.safe_mode import safe_mode


@dataclass(frozen=True, slots=True)
class Known:
    """A network of keras.applications: its files end in `ending`; what it takes of 0 to 255."""

    function: str
    ending: str
    side: int = 224
    scale: float = 1.0
    offset: float = 0.0


# The smaller ones first. Those of scale 1 hold their preprocessing themselves.
KNOWN = (
    Known("MobileNetV3Small", "mobilenet_v3_small_224_1.0_float_no_top_v2.h5"),
    Known("MobileNetV2", "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
          scale=1 / 127.5, offset=-1.0),
    Known("MobileNetV3Large", "mobilenet_v3_large_224_1.0_float_no_top_v2.h5"),
    Known("EfficientNetB0", "efficientnetb0_notop.h5"),
    Known("EfficientNetV2B0", "efficientnetv2-b0_notop.h5"),
    Known("ResNet50V2", "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
          scale=1 / 127.5, offset=-1.0),
    Known("Xception", "xception_weights_tf_dim_ordering_tf_kernels_notop.h5", 299,
          1 / 127.5, -1.0),
)  # fmt: skip


def network(path: str) -> tuple[Any, Known]:
    """Returns a pretrained network without a head, and what it takes.

    Args:
        path: a `.keras` file of a network that takes pictures of 0 to 255 and gives maps or
            features; an `.h5` file of weights by the name that keras.applications gives it; or
            empty, for the first of `KNOWN` in the cache of Keras. Nothing is downloaded.

    Raises:
        CannotVaryError: if there is none, or it cannot be read.
    """
    import keras

    if path.endswith(".keras"):
        return _saved(Path(path))
    files = [Path(path)] if path else _cached()
    for known in KNOWN:
        file = next((f for f in files if f.name.endswith(known.ending) and f.is_file()), None)
        if file is None:
            continue
        make = getattr(keras.applications, known.function)
        shape = (known.side, known.side, 3)
        try:
            return make(include_top=False, weights=str(file), input_shape=shape), known
        except (OSError, ValueError) as error:
            raise CannotVaryError(f"{file.name} cannot be read: {error}".splitlines()[0]) from None
    wanted = path or "the cache of keras.applications"
    raise CannotVaryError(f"no weights of a known network in {wanted}")


def _saved(path: Path) -> tuple[Any, Known]:
    import keras

    try:
        with safe_mode(on=True):
            model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        raise CannotVaryError(f"{path.name} cannot be read: {error}".splitlines()[0]) from None
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] != 3:
        raise CannotVaryError(f"{path.name} does not take pictures of three channels")
    return model, Known(path.stem, path.name, shape[1] or 224)


def _cached() -> list[Path]:
    folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"
    return sorted(folder.glob("*.h5")) if folder.is_dir() else []
