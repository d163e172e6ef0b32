"""Half of the dropout."""

from __future__ import annotations

import ast

from valgap.evidence.records import Json
from valgap.patches.arguments import argument
from valgap.patches.calls import scaled
from valgap.patches.change import Change
from valgap.patches.layers import made_by_script, maker, makers
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject


@patch("lower-dropout")
def lower_dropout(change: Change, subject: Subject) -> None:
    """Halves the rate of the layer that is named, or of all Dropout layers of the model."""
    layers = [la for la in made_by_script(subject.fit.model.layers) if "Dropout" in la.cls]
    named = [layer for layer in layers if layer.name == subject.layer]
    if named:
        calls = [maker(change, subject.fit.model.layers, subject.layer)]
    else:
        calls = makers(change, layers)
    seen = {value for layer in named or layers if (value := _number(layer.config.get("rate")))}
    for call in calls:
        _halve(change, call, seen)


def _halve(change: Change, call: ast.Call, seen: set[float]) -> None:
    given = argument(call, "rate", 0)
    if given is None:
        raise CannotPatchError("a layer has no rate")
    part, value = given
    rate = value.value if isinstance(value, ast.Constant) else next(iter(seen), None)
    if not isinstance(rate, int | float) or rate not in seen:
        raise CannotPatchError("a rate is not one of the fit")
    change.with_value(call, part, scaled(change.script, value, rate, 0.5))


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None
