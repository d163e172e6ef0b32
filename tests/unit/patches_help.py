"""Fits as they would have been recorded of a script, made up from its source."""

import ast
import dataclasses
import textwrap

from valgap.checks.example_case import example_case
from valgap.evidence.records import (
    CallbackRecord,
    CompileRecord,
    DataRecord,
    EpochRecord,
    LayerRecord,
    Location,
    ModelRecord,
    TensorRecord,
)
from valgap.patches.registry import patched
from valgap.patches.subject import Subject

FILE = "/home/user/train.py"


def layer(name, cls, shape=None, path=None, **config):
    return LayerRecord(name, cls, path or name, "plain", True, 100, shape, config)


def script(text):
    return textwrap.dedent(text).lstrip("\n")


def _line(source, method):
    found = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]
    return Location(FILE, max(found, default=1), method)


def subject(source, *layers, **told):
    """The last fit of a script: with these layers, and what is `told` of it."""
    case = example_case()
    arguments = {"epochs": "10", "y": "ndarray(100,) int64", **told.pop("arguments", {})}
    made = CompileRecord(
        _line(source, "compile"),
        told.pop("loss", "sparse_categorical_crossentropy"),
        optimizer=told.pop("optimizer", "Adam"),
        optimizer_config=told.pop("settings", {"learning_rate": 0.0010000000474974513}),
    )
    form = told.pop("form", "arrays")
    rate = told.pop("rate", 0.001)
    fit = dataclasses.replace(
        case.fit,
        location=_line(source, "fit"),
        compile=made,
        model=ModelRecord(
            "model", "Sequential", 1, layers, (TensorRecord("out", (3,), "float32"),)
        ),
        train=DataRecord("train", form, 100, targets=(TensorRecord("y", (), "int64"),)),
        validation=DataRecord("validation", form, 100),
        arguments=arguments,
        callbacks=tuple(CallbackRecord(cls) for cls in told.pop("callbacks", ())),
        epochs=(EpochRecord(0, {"loss": 1.0, "val_loss": 1.0}, 1.0, learning_rate=rate),),
    )
    return Subject(fit, **told)


def changed(text, remedy, *layers, **told):
    """The script with a remedy, or None; of a script that is given with an indent."""
    source = script(text)
    return patched(source, remedy, subject(source, *layers, **told))


def lines_of(text, remedy, *layers, **told):
    """The lines that a remedy takes away and adds, without those around them."""
    source = script(text)
    new = patched(source, remedy, subject(source, *layers, **told))
    if new is None:
        return None
    old, new = source.splitlines(), new.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]
