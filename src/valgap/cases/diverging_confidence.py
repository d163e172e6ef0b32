"""Case 3: dropout before batch normalisation, and validation that goes the other way."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.cases.system import System
from valgap.cases.told import Told

QUESTION = (
    "Training accuracy rises slowly and its loss falls, while validation loss rises and its "
    "accuracy falls, in every model. What is this, if overfitting has been fought so hard?"
)


def _answer(told: Told) -> Iterator[str]:
    if told.proves("MOD108"):
        yield (
            "It is the cure. Dropout scales what it lets through, so batch normalisation behind "
            "it learns a variance that inference does not have: "
            f"{told.line('MOD108')}. No weight was changed for the second figure. Put dropout "
            "behind the last batch normalisation, or leave it out."
        )
    elif told.proves("MOD106"):
        yield (
            f"The moving averages of batch normalisation have not caught up: {told.line('MOD106')}."
        )
    elif told.says("CUR101"):
        yield f"All the same, {told.line('CUR101')}."
    yield from told.lines("MOD109", "MOD123", "EVL105", "FIT113", "DAT206", "EVL101", "EVL104")


def _tried(told: Told) -> Iterator[str]:
    if told.proves("MOD108"):
        yield (
            "More dropout makes it worse, since it is the dropout; L2, augmentation and fewer "
            "blocks leave the shift as it is."
        )


def _given(told: Told) -> Iterator[str]:
    best = told.line("FIT113")
    yield (
        "ModelCheckpoint as it was given to you (save_best_only=False) keeps the last epoch, "
        "not the best: with save_best_only=True"
        + (f" it holds, as {best}." if best else " it would hold.")
    )
    if told.proves("MOD108"):
        yield "EarlyStopping ends the fit sooner, and does nothing about the shift."
    elif told.says("CUR101") and best:
        yield (
            "EarlyStopping with restore_best_weights=True is right here: it overfits, and what it "
            "was at its best is lost at the end."
        )
    yield (
        "To stop with Ctrl+C and go on later is right: valgap run keeps report and history then."
    )


SYSTEM = System(
    name="diverging-confidence",
    script="diverging_confidence.py",
    question=QUESTION,
    planted=("--planted", "--rows", "96", "--size", "48", "--epochs", "120"),
    real=("--size", "48", "--epochs", "40"),
    answer=_answer,
    tried=_tried,
    given=_given,
)
