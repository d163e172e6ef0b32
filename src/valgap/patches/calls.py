"""The calls of a script that a recorded fit was made by: its fit, compile and optimiser."""

from __future__ import annotations

import ast
import math

from valgap.evidence.records import Location
from valgap.patches.arguments import argument
from valgap.patches.change import Change
from valgap.patches.script import CannotPatchError, Script
from valgap.patches.subject import Subject

# Compared with 32 bits: 0.001 comes back as 0.0010000000474974513.
_PRECISION = 1e-5


def fit_call(script: Script, subject: Subject) -> ast.Call:
    """Gives back the call of `fit` that was recorded.

    Raises:
        CannotPatchError: If there is not one such call where it was recorded.
    """
    return _method(script, subject.fit.location, "fit")


def compile_call(script: Script, subject: Subject) -> ast.Call:
    """Gives back the call of `compile` before the fit.

    Raises:
        CannotPatchError: If it was not seen, or in another file.
    """
    made, fit = subject.fit.compile, subject.fit.location
    place = made.location if made else None
    if place is None or fit is None or place.file != fit.file:
        raise CannotPatchError("the call of compile is not in this script")
    return _method(script, place, "compile")


def optimizer_call(change: Change, subject: Subject) -> ast.Call | None:
    """Gives back where the optimiser of the fit is made; None where it is named by a string.

    Raises:
        CannotPatchError: If it is made elsewhere, or that cannot be told.
    """
    found = argument(compile_call(change.script, subject), "optimizer", 0)
    if found is None:
        raise CannotPatchError("compile is not given an optimiser")
    value = _value(change.script, found[1])
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value is found[1]:
        return None
    own = subject.fit.compile.optimizer if subject.fit.compile else ""
    if not isinstance(value, ast.Call) or change.names.last(value.func, "keras.optimizers") != own:
        raise CannotPatchError("where the optimiser is made cannot be told")
    return value


def rate_of(subject: Subject) -> float:
    """Gives back the learning rate that the fit began with.

    Raises:
        CannotPatchError: If it is a schedule, or not known.
    """
    if any(callback.cls == "LearningRateScheduler" for callback in subject.fit.callbacks):
        raise CannotPatchError("a callback sets the learning rate")
    made = subject.fit.compile
    rate = made.optimizer_config.get("learning_rate") if made else None
    if made and not made.optimizer_config and subject.fit.epochs:
        rate = subject.fit.epochs[0].learning_rate
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < math.inf:
        raise CannotPatchError("the learning rate is no plain number")
    return float(f"{rate:.6g}")


def scaled(script: Script, node: ast.expr, seen: float, by: float) -> str:
    """Gives back the source of a number times a factor: of a literal, or of a plain name.

    Args:
        script: That the number stands in.
        node: The number.
        seen: What it was in the recorded fit.
        by: The factor, 1 / n or n.

    Raises:
        CannotPatchError: If it is neither, or a literal that was not the one of the fit.
    """
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        if not math.isclose(float(node.value), seen, rel_tol=_PRECISION):  # type: ignore[arg-type]
            raise CannotPatchError(f"{node.value!r} is not what the fit had, {seen:g}")
        is_whole = isinstance(node.value, int) and by >= 1
        return str(node.value * round(by)) if is_whole else f"{node.value * by:.6g}"  # type: ignore[operator]
    if not _is_plain(node):
        raise CannotPatchError("the number is the outcome of an expression")
    text = script.text(node)
    return f"{text} / {1 / by:g}" if by < 1 else f"{by:g} * {text}"


def _is_plain(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _value(script: Script, node: ast.expr) -> ast.expr:
    """What a name is bound to, where that happens once in all the script."""
    if not isinstance(node, ast.Name):
        return node
    uses = (each for each in ast.walk(script.tree) if isinstance(each, ast.Name))
    stored = [u for u in uses if u.id == node.id and not isinstance(u.ctx, ast.Load)]
    above = script.parents.get(stored[0]) if len(stored) == 1 else None
    if not isinstance(above, ast.Assign) or above.targets != stored:
        raise CannotPatchError(f"what {node.id} is cannot be told")
    return above.value


def _method(script: Script, place: Location | None, name: str) -> ast.Call:
    found = [
        call
        for call in script.calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == name
        and place is not None
        and call.lineno <= place.line <= (call.end_lineno or call.lineno)
    ]
    if len(found) != 1:
        raise CannotPatchError(f"there is not one call of {name} where it was recorded")
    return found[0]
