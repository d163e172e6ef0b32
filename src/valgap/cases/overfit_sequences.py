"""Case 0: sequences of pictures that are learned by heart."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.cases.system import System
from valgap.cases.told import Told

QUESTION = (
    "Training is far above validation. Which regulariser goes where, other than by trial and "
    "error, and is something wrong in the set-up before I turn to augmentation?"
)


def _answer(told: Told) -> Iterator[str]:
    if told.says("CUR101"):
        yield f"Yes, {told.line('CUR101')}."
    if told.says("MOD105"):
        yield (
            f"What learns by heart is one layer: {told.line('MOD105')}. Make its input smaller "
            "(pool over the picture in place of Flatten) before regularising anything."
        )
    if told.says("MOD125"):
        yield f"A regulariser belongs where the gap opens: {told.line('MOD125')}."
    if told.says("DAT206"):
        yield f"After that augmentation is worth a try: {told.line('DAT206')}."
    yield from told.lines("DAT103", "DAT102", "FIT118", "MOD120", "EVL110", "FIT113")


def _tried(told: Told) -> Iterator[str]:
    if told.says("MOD128"):
        yield (
            "Dropout inside TimeDistributed takes another mask for each picture, so what one "
            f"hides the next one shows: {told.line('MOD128')}."
        )
    if told.says("EVL104"):
        yield f"The L2 penalty stands in both losses and hides there: {told.line('EVL104')}."
    if told.says("MOD105"):
        yield (
            "Fewer LSTM units and other dense layers leave the input of the LSTM as wide as it "
            "is, and a rate that falls only stops where it has got to."
        )


def _given(told: Told) -> Iterator[str]:
    if told.says("CUR101"):
        yield "That this is classic overfitting holds; where it happens is what was not said."


SYSTEM = System(
    name="overfit-sequences",
    script="overfit_sequences.py",
    question=QUESTION,
    planted=("--planted", "--rows", "400", "--size", "56", "--epochs", "60"),
    real=("--rows", "900", "--size", "48", "--epochs", "25"),
    answer=_answer,
    tried=_tried,
    given=_given,
    known=("planted", "real"),
)
