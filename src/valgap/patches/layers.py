"""The calls of a script that the layers of a recorded model were made by."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from valgap.evidence.records import LayerRecord
from valgap.patches.change import Change
from valgap.patches.script import CannotPatchError, Script

HOME = "keras.layers"
# Layers that others are made of: what is inside them is not made by the script.
_MADE_OF_OTHERS = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
_ATTENTION = ("MultiHeadAttention", "GroupQueryAttention")
_REPEATED = (
    *(ast.For, ast.AsyncFor, ast.While),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def made_by_script(layers: Iterable[LayerRecord]) -> list[LayerRecord]:
    """Gives back the layers that have a call of their own, where the script makes them all."""
    layers = list(layers)
    whole = {la.name for la in layers if la.cls in _MADE_OF_OTHERS or la.cls in _ATTENTION}
    return [
        layer
        for layer in layers
        if not whole & set(layer.path.split("/")[:-1]) and not layer.name.startswith("backward_")
    ]


def makers(
    change: Change,
    layers: Iterable[LayerRecord],
    has: Callable[[ast.Call], bool] = lambda _: True,
) -> list[ast.Call]:
    """Gives back the calls that made layers.

    Args:
        change: Of the script.
        layers: All layers of a model that `made_by_script` gives back and the change is about.
        has: Tells the calls that could have made such.

    Raises:
        CannotPatchError: If there are none, if they stand in a loop, or if not every call is
            accounted for by a layer and every layer by a call.
    """
    found: list[ast.Call] = []
    names = [layer.cls for layer in layers]
    for name in sorted(set(names)):
        calls = [c for c in calls_of(change, name) if has(c)]
        _refuse_unaccounted(change.script, calls, name, names.count(name))
        found += calls
    if not found:
        raise CannotPatchError("the model has no such layer")
    return found


def maker(change: Change, layers: Iterable[LayerRecord], name: str | None) -> ast.Call:
    """Gives back the call that made the layer of a name.

    Raises:
        CannotPatchError: If that cannot be told.
    """
    own = made_by_script(layers)
    layer = next((la for la in own if la.name == name), None)
    if layer is None:
        raise CannotPatchError("the finding is not about one layer")
    same = [la for la in own if la.cls == layer.cls]
    calls = makers(change, same)
    if len(calls) != len(same) or len({_scope(change.script, call) for call in calls}) != 1:
        raise CannotPatchError(f"which call made {name} cannot be told")
    named = {_given_name(call): call for call in calls}
    if name in named:
        return named[name]
    # Keras numbers those without a name in the order in which they are made.
    unnamed = [call for call in calls if not any(k.arg == "name" for k in call.keywords)]
    numbered = sorted((la for la in same if la.name not in named), key=_number)
    if len(unnamed) != len(numbered):
        raise CannotPatchError(f"which call made {name} cannot be told")
    return unnamed[numbered.index(layer)]


def calls_of(change: Change, name: str) -> list[ast.Call]:
    """Gives back the calls of a class of `keras.layers`, however it is spelled."""
    return [c for c in change.script.calls if change.names.last(c.func, HOME) == name]


def _refuse_unaccounted(script: Script, calls: list[ast.Call], name: str, layers: int) -> None:
    if any(isinstance(node, _REPEATED) for call in calls for node in script.around(call)):
        raise CannotPatchError(f"{name} is made in a loop")
    # A function may be called for several layers, a call of the module makes one.
    by_functions = sum(_scope(script, call) is not None for call in calls)
    if not calls or len(calls) > layers or (not by_functions and len(calls) < layers):
        raise CannotPatchError(f"{len(calls)} calls of {name} for {layers} layers")


def _scope(script: Script, call: ast.Call) -> ast.AST | None:
    return next((node for node in script.around(call) if isinstance(node, _FUNCTIONS)), None)


def _given_name(call: ast.Call) -> str:
    given = next((k.value for k in call.keywords if k.arg == "name"), None)
    is_text = isinstance(given, ast.Constant) and isinstance(given.value, str)
    return given.value if is_text else ""  # type: ignore[union-attr]


def _number(layer: LayerRecord) -> int:
    found = re.search(r"_(\d+)$", layer.name)
    return int(found[1]) if found else 0
