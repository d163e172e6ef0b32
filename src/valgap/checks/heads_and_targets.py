"""Which target belongs to which output, and what the losses of Keras take for targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from valgap.case import Case
from valgap.evidence.model import HeadRecord
from valgap.evidence.records import Split
from valgap.evidence.rows import TargetRecord

# Losses of one output against its target. A loss of the user's own may be given a target for
# form's sake alone, as for triplets or variational models.
OF_NUMBERS = (
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
)
OF_SHARES = ("binary_crossentropy", "binary_focal_crossentropy")
OF_ROWS = ("categorical_crossentropy", "categorical_focal_crossentropy", "kl_divergence")
OF_SIGNS = ("hinge", "squared_hinge")
OF_CLASSES = ("sparse_categorical_crossentropy",)
KERAS_LOSSES = (*OF_NUMBERS, *OF_SHARES, *OF_ROWS, *OF_SIGNS, *OF_CLASSES)


@dataclass(frozen=True, slots=True)
class Pair:
    """An output and the target of one split that its loss holds it against."""

    head: HeadRecord
    target: TargetRecord

    @property
    def units(self) -> int | None:
        """The units of the output, where their number is fixed."""
        return self.head.shape[-1] if self.head.shape else None


def pairs(case: Case, split: Split = "train") -> Iterator[Pair]:
    """Yields the outputs whose target is known: by name, or by place where names differ."""
    heads, targets = case.heads(), case.targets(split)
    by_name = {target.name: target for target in targets}
    if not any(head.output in by_name for head in heads) and len(heads) == len(targets):
        by_name = {head.output: target for head, target in zip(heads, targets, strict=True)}
    yield from (Pair(head, by_name[head.output]) for head in heads if head.output in by_name)
