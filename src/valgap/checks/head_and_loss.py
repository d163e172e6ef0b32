"""What the end of a model gives and what its loss takes: where the two do not fit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.wording import plural

BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
CATEGORICAL = ("categorical_crossentropy", "categorical_focal_crossentropy")
SPARSE = ("sparse_categorical_crossentropy",)
# Losses of one number against another, element by element.
OF_NUMBERS = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
)
PROBABILITIES = ("sigmoid", "softmax", "hard_sigmoid")
# Activations that are no probabilities; one that is not known is left alone.
SCORES = (
    *("linear", "relu", "relu6", "leaky_relu", "prelu", "tanh", "elu", "selu", "gelu"),
    *("silu", "swish", "softplus", "softsign", "exponential"),
)
# What rounding adds to a probability.
_ROUNDING = 1e-4
_LONGEST, _LONGEST_MESSAGE = 32, 79
_SHAPES = re.compile(r"target\.shape=\(([^)]*)\), output\.shape=\(([^)]*)\)")
_LABEL = re.compile(r"label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """An end of the model that does not fit the loss.

    `forbids` says that nothing right can be learned so; else it only hampers. `floor` is the
    lowest loss that there is so, `mend` what would fit where the head itself is not known.
    """

    told: str
    why: str
    forbids: bool
    floor: float | None = None
    mend: str = ""


def target_of(case: Case, head: HeadRecord) -> TargetRecord | None:
    """Gives back what was measured of the training targets of an output."""
    targets, heads = case.targets(), case.heads()
    named = (t for t in targets if t.name == head.output)
    in_order = targets[heads.index(head)] if len(targets) == len(heads) else None
    return next(named, in_order)


def units_of(head: HeadRecord) -> int:
    """Gives back how many units an output has, 0 where it is not known."""
    return (head.shape[-1] or 0) if head.shape else 1


def mismatch(head: HeadRecord, target: TargetRecord | None) -> Mismatch | None:
    """Gives back the first thing in which an output does not fit its loss, or None."""
    if head.activation == "softmax" and units_of(head) == 1:
        return None  # MOD101
    if head.task == "regression" and head.loss not in OF_NUMBERS and not _are_names(head, target):
        return None  # FIT108
    rules: tuple[Callable[[HeadRecord, TargetRecord | None], Mismatch | None], ...]
    rules = (_shape, _units, _activation, _scores_told)
    return next((found for rule in rules if (found := rule(head, target))), None)


def _are_names(head: HeadRecord, target: TargetRecord | None) -> bool:
    """Numbers of so many classes that they were taken for amounts, under a loss of classes."""
    is_of_one = head.loss in (*CATEGORICAL, *SPARSE) and units_of(head) == 1
    return is_of_one and target is not None and target.whole_numbers and (target.low or 0.0) >= 0


def _shape(head: HeadRecord, target: TargetRecord | None) -> Mismatch | None:
    """Under a loss of numbers other shapes are stretched to one another without a word."""
    if head.loss not in OF_NUMBERS or target is None or target.encoding == "none":
        return None
    given, wanted = _bare(head.shape), _bare(head.target_shape)
    if len(given) == len(wanted) and all(
        a == b or a is None for a, b in zip(given, wanted, strict=True)
    ):
        return None
    told = f"outputs of {_shown(head.shape)} do not fit targets of {_shown(head.target_shape)}"
    return Mismatch(told, f"{head.loss} stretches the one to the other", forbids=True)


def _units(head: HeadRecord, target: TargetRecord | None) -> Mismatch | None:
    units = units_of(head)
    classes = target.distinct if target and target.encoding == "classes" else None
    if head.loss in (*CATEGORICAL, *SPARSE) and units == 1:
        why = "over one unit it is 0 whatever the unit says: there is nothing to choose between"
        return Mismatch(_named(head), why, forbids=True)
    if classes is None or not units or classes <= max(2, units):
        return None
    if head.loss in SPARSE or (head.loss in BINARY and units == 1):
        told = f"{plural(units, 'unit')} at the head for {classes:,} classes"
        return Mismatch(told, f"{head.loss} cannot tell them apart with so few", forbids=True)
    return None


def _activation(head: HeadRecord, target: TargetRecord | None) -> Mismatch | None:
    del target
    if head.logits is not False or head.loss not in (*BINARY, *CATEGORICAL, *SPARSE):
        return None
    if head.activation in SCORES and (
        _is_cut_off(head) or _leaves_probabilities(head) is not False
    ):
        why = "the loss takes them for probabilities, and cuts off what is below 0 or above 1"
        return Mismatch(_named(head), why, forbids=True)
    if head.activation == "sigmoid" and head.loss not in BINARY:
        why = "the loss is of shares that sum to 1, the units are each by itself"
        return Mismatch(_named(head), why, forbids=False)
    return None


def _scores_told(head: HeadRecord, target: TargetRecord | None) -> Mismatch | None:
    """Probabilities where the loss was told to expect scores: they are squashed twice."""
    del target
    if not head.logits or head.activation not in PROBABILITIES:
        return None
    rivals = 1 if head.loss in BINARY else max(1, units_of(head) - 1)
    # Scores between 0 and 1 at best: 1 for the right class, 0 for every other.
    floor = -math.log(math.e / (math.e + rivals))
    why = f"probabilities are squashed twice: the loss cannot fall below {floor:.2f}"
    return Mismatch(f"{_named(head)}(from_logits=True)", why, forbids=False, floor=floor)


def _is_cut_off(head: HeadRecord) -> bool:
    """Whether a rectifier gives exactly 0 where shares that sum to 1 are asked for.

    However small its outputs are; a softmax behind the layer would leave no 0.
    """
    return head.activation == "relu" and head.loss not in BINARY and head.low == 0.0


def _leaves_probabilities(head: HeadRecord) -> bool | None:
    ends = [e for e in (head.low, head.high, head.start_low, head.start_high) if finite(e)]
    return any(not -_ROUNDING <= end <= 1 + _ROUNDING for end in ends) if ends else None


def _named(head: HeadRecord) -> str:
    units = plural(units_of(head), f"{head.activation[:12]} unit")
    verb = "does" if units_of(head) == 1 else "do"
    return f"{units} {verb} not fit {head.loss[:_LONGEST]}"


def _bare(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    while shape and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _shown(shape: tuple[int | None, ...]) -> str:
    return " x ".join("?" if n is None else f"{n:,}" for n in shape)[:16] or "1"


def fitting(head: HeadRecord, target: TargetRecord | None) -> tuple[int | None, str]:
    """Gives back the units, and the end and the loss in Keras' words, that fit the targets.

    Where targets leave the choice, it is the one nearest to the loss there is.
    """
    if target is None or target.encoding == "none":
        return _fitting_loss(head)
    columns = target.shape[-1] if target.shape else 1
    # Numbers of very many classes, which look like amounts.
    are_names = target.encoding == "numbers" and _are_names(head, target)
    if target.encoding == "numbers" and not are_names:
        return columns, f"Dense({columns}) with mean_squared_error"
    if target.encoding == "flags":
        return columns, _pair(columns, "sigmoid", "binary_crossentropy")
    if target.encoding == "one-hot":
        return columns, _pair(columns, "softmax", "categorical_crossentropy")
    classes = max(2, target.distinct or 0, int(target.high or 0) + 1 if are_names else 0)
    if classes > 2 or (head.loss in SPARSE and units_of(head) > 1):
        return classes, _pair(classes, "softmax", "sparse_categorical_crossentropy")
    return 1, _pair(1, "sigmoid", "binary_crossentropy")


def _fitting_loss(head: HeadRecord) -> tuple[int | None, str]:
    if head.loss in BINARY:
        return None, f"activation='sigmoid' with {head.loss}"
    return None, f"activation='softmax', one unit a class, with {head.loss}"


def _pair(units: int, activation: str, loss: str) -> str:
    return f"Dense({units}, activation='{activation}') with {loss}"


def complaint(case: Case) -> Mismatch | None:
    """Gives back what Keras' own error says does not fit, for a fit that it ended."""
    error = case.fit.error or ""
    if case.fit.status != "raised":
        return None
    if found := _SHAPES.search(error):
        target, output = (_shown_text(text) for text in found.groups())
        told = f"the fit failed: outputs of {output} do not fit targets of {target}"
        return Mismatch(told, f"under {_loss_name(case)}", True, mend=_mend(output, target))
    if found := _LABEL.search(error):
        label, units = int(found[1]), int(found[2])
        told = f"the fit failed: label {label:,} with {plural(units, 'unit')} at the head"
        why = f"under {_loss_name(case)} labels run from 0 to the units less 1"
        return Mismatch(told[:_LONGEST_MESSAGE], why, True, mend="a unit for each label, from 0 on")
    return None


def _mend(output: str, target: str) -> str:
    """Gives back what fits shapes of targets and outputs that a loss has refused."""
    if target == "1" and output != "1":
        return "sparse_categorical_crossentropy for class numbers, or one-hot targets"
    if target == output:
        return "categorical_crossentropy for one-hot targets"
    return f"Dense({target}) at the end: a unit for each column of the targets"


def _shown_text(shape: str) -> str:
    parts = [part.strip() for part in shape.split(",") if part.strip()]
    return " x ".join(parts[1:])[:16] or "1"


def _loss_name(case: Case) -> str:
    return case.fit.compile.loss.strip("'") if case.fit.compile else "the loss"
