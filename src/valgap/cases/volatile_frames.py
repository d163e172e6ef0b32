"""Case 4: frames of a video, and validation that jumps."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.cases.system import System
from valgap.cases.told import Told

QUESTION = (
    "Three dogs, two alike; validation loss jumps above 3 in epochs where training loss is low. "
    "About 70 % would do: how do I get validation to settle?"
)


def _answer(told: Told) -> Iterator[str]:
    if told.proves("MOD106"):
        yield (
            "The network has learned; what jumps is the yardstick. Batch normalisation scores "
            f"validation by moving averages that trail the weights: {told.line('MOD106')}. Set "
            "momentum=0.9, or re-estimate the statistics after training, and it settles."
        )
        yield from told.lines("CUR103")
    elif told.says("CUR101"):
        yield (
            f"It learns its training frames by heart: {told.line('CUR101')}. A smaller network "
            "and more, unlike frames are the way."
        )
    yield from told.lines("EVL103", "DAT301", "FIT113")
    alike = told.lines("DAT102", "DAT103", "DAT105")
    if alike:
        yield (
            "Once it has settled the figure is too good for another video, as neighbouring "
            f"frames stand on both sides of the split: {alike[0]}. Hold out blocks of each clip "
            "with a gap between."
        )
    yield from told.lines("EVL107", "DAT311")


def _tried(told: Told) -> Iterator[str]:
    if told.proves("MOD106"):
        yield (
            "Other rates, dropout, dense sizes, convolutions, momentum of SGD and batch sizes "
            "leave the moving averages as slow as they are: none of them could help."
        )


def _given(told: Told) -> Iterator[str]:
    capacity = "Too much capacity and too little data"
    if told.says("CUR101"):
        yield f"{capacity}: that holds here. {told.line('CUR101')}"
    elif told.proves("MOD106"):
        yield (
            f"{capacity}: not what makes it jump. With the statistics re-estimated, no weight "
            "changed, validation is near training."
        )
    if told.says("EVL107"):
        yield "Look-alikes under one label: worth it as an experiment, they are what is confused."
    yield (
        "One look-alike in training only, the other in validation only: that asks for a dog "
        "never seen, and empties classes; a block of each clip is what to hold out."
    )


SYSTEM = System(
    name="volatile-frames",
    script="volatile_frames.py",
    question=QUESTION,
    planted=("--planted", "--rows", "600", "--size", "48", "--epochs", "30"),
    real=("--size", "48", "--epochs", "60"),
    answer=_answer,
    tried=_tried,
    given=_given,
    known=("planted", "real"),
)
