"""Weights drawn as Keras does by itself."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from valgap.evidence.records import LayerRecord
from valgap.patches.change import Change
from valgap.patches.layers import made_by_script, makers
from valgap.patches.registry import patch
from valgap.patches.subject import Subject

# Their size does not follow that of the layer.
_PLAIN = ("RandomNormal", "RandomUniform", "TruncatedNormal", "Zeros", "Ones", "Constant")
# Their size does: such calls stay.
_FITTING = ("glorot", "xavier", "he_", "henormal", "heuniform", "lecun", "variance", "orthogonal")
_KEYWORD = "kernel_initializer"


@patch("default-initialiser", "random-initialisation")
def default_initialiser(change: Change, subject: Subject) -> None:
    """Takes initialisers out that draw weights of one size for all layers, or none at all."""

    def has(call: ast.Call) -> bool:
        texts = [change.script.text(k.value).lower() for k in call.keywords if k.arg == _KEYWORD]
        return any(not any(name in text for name in _FITTING) for text in texts)

    layers = [la for la in made_by_script(subject.fit.model.layers) if _initialiser(la) in _PLAIN]
    for call in makers(change, layers, has):
        change.without(call, [_KEYWORD])


def _initialiser(layer: LayerRecord) -> str:
    made = layer.config.get(_KEYWORD)
    return str(made.get("class_name")) if isinstance(made, Mapping) else str(made)
