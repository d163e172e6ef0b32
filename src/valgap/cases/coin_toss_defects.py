"""Case 2: pictures of defects, and validation at the toss of a coin."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.cases.system import System
from valgap.cases.told import Told

QUESTION = (
    "Validation accuracy is never better than a coin toss and its loss rises. I would take a "
    "small improvement, as long as the model seems right: what is wrong with it?"
)


def _answer(told: Told) -> Iterator[str]:
    if told.says("FIT105"):
        yield (
            "Part of what you see is the yardstick: half of the validation pictures are never "
            f"scored, and those that are show one class. {told.line('FIT105')}. Drop "
            "validation_steps."
        )
    if told.says("MOD101", "MOD102"):
        yield f"The head cannot tell two classes: {'; '.join(told.lines('MOD101', 'MOD102'))}."
    if told.says("MOD105"):
        yield (
            f"The model is mostly one layer: {told.line('MOD105')}. Pool over the picture "
            "(GlobalMaxPooling2D) in place of Flatten."
        )
    if told.says("EVL101", "EVL102"):
        yield (
            "And so few pictures cannot tell a coin from a poor model: "
            f"{'; '.join(told.lines('EVL102', 'EVL101'))}."
        )
    if told.says("CUR101") and not told.says("FIT105"):
        yield f"It does learn, and then learns by heart: {told.line('CUR101')}."
    yield from told.lines("FIT119", "MOD126", "DAT207", "FIT104", "DAT206")


def _tried(told: Told) -> Iterator[str]:
    if told.says("FIT105", "MOD105", "MOD101", "MOD102"):
        yield (
            "Dropout, L1 and L2 work against learning by heart; none of them changes which "
            "pictures are scored, or where the weights stand."
        )
    if told.says("FIT105"):
        yield (
            "Going from binary to multi-class changes loss and labels, and not which pictures "
            "are scored: a better figure there is no better model."
        )


def _given(told: Told) -> Iterator[str]:
    if told.says("CUR101"):
        yield f"That it overfits holds: {told.line('CUR101')}."


SYSTEM = System(
    name="coin-toss-defects",
    script="coin_toss_defects.py",
    question=QUESTION,
    planted=("--planted", "--size", "64", "--epochs", "12"),
    real=("--size", "64", "--epochs", "12"),
    answer=_answer,
    tried=_tried,
    given=_given,
    known=("real",),
)
