"""Case 1: an attention model that is held down by penalties, and attends to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.cases.system import System
from valgap.cases.told import Told

QUESTION = (
    "Training and validation are close and stuck, and attention is no better than the LSTM "
    "alone. How can it improve without overfitting, and how do I put in more self-attention?"
)


def _answer(told: Told) -> Iterator[str]:
    if told.says("MOD111", "MOD110"):
        yield (
            "It cannot overfit because it can hardly learn: "
            f"{'; '.join(told.lines('MOD111', 'MOD110'))}. The penalty is summed over steps and "
            "units. Take it away first, the others next, and shrink again only if a gap opens."
        )
    elif told.says("CUR101"):
        yield f"It does overfit: {told.line('CUR101')}. Penalties are right, in moderation."
    if told.says("MOD112"):
        yield (
            f"The attention is an average: {told.line('MOD112')}. Its query is a constant through "
            "a softmax, so nothing of a row says where to look"
            + (f" ({told.line('DAT304')})." if told.says("DAT304") else ".")
            + " More such layers average again; take the query from the data "
            "(MultiHeadAttention of the LSTM's outputs with itself, mask kept)."
        )
    yield from told.lines("MOD113", "FIT106", "EVL102", "EVL107", "DAT205", "EVL109")


def _tried(told: Told) -> Iterator[str]:
    if told.says("MOD111", "MOD110"):
        yield (
            "Fewer units, other numbers of layers, more L2 and dropout, Adam or RMSprop: all "
            "leave the penalty in, and most add to it."
        )


def _given(told: Told) -> Iterator[str]:
    if told.says("EVL107", "EVL102"):
        yield (
            "Class weights are no cure where every row gets one class: look at recall by class, "
            "not at accuracy."
        )


SYSTEM = System(
    name="plateau-attention",
    script="plateau_attention.py",
    question=QUESTION,
    planted=("--planted",),
    real=("--rows", "880", "--steps", "50", "--epochs", "11"),
    answer=_answer,
    tried=_tried,
    given=_given,
    known=("planted", "real"),
)
