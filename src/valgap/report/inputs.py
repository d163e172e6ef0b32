"""What kind of rows a fit is fed: pictures, sequences of them, series, tables; and their parts."""

from __future__ import annotations

from valgap.case import Case, finite
from valgap.evidence.rows import InputRecord
from valgap.report.page import Page
from valgap.wording import count, figure, percent, plural

# A share of padding below this is not worth a word.
_LEAST = 0.01


def add_inputs(page: Page, case: Case) -> None:
    """Adds a line an input."""
    for i, seen in enumerate(case.inputs()):
        page.hang("             " if i else "  inputs     ", described(seen))


def add_parts(page: Page, case: Case) -> None:
    """Adds the recall of each part of a class, where sub-labels were given."""
    for name, recalls in parts(case).items():
        page.hang(f"recall by part of {name}: ", recalls, rest="  ")


def described(seen: InputRecord) -> str:
    """Gives back an input in words, as in `img3: 3 frames of 56 x 56 x 1, float32`."""
    told = f"{seen.name}: {_shaped(seen)}, {seen.dtype}"
    if finite(seen.padding_steps) and seen.padding_steps >= _LEAST:
        what = "frames" if seen.kind == "frames" else "steps"
        told += f"; {percent(seen.padding_steps)} of the {what} are padding"
    return told


def _shaped(seen: InputRecord) -> str:
    shape = seen.shape
    if seen.kind == "image" and len(shape) > 1:
        return f"pictures of {_by(shape)}"
    if seen.kind == "frames" and len(shape) > 2:
        return f"{plural(shape[0], 'frame')} of {_by(shape[1:])}"
    if seen.kind == "series" and len(shape) == 2:
        return f"series of {plural(shape[0], 'step')} of {plural(shape[1], 'feature')}"
    if seen.kind == "table" and len(shape) == 1:
        return plural(shape[0], "feature")
    return f"rows of shape {_by(shape)}" if shape else "single values"


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def parts(case: Case) -> dict[str, str]:
    """Gives back, by class, how much of each given part of it is found."""
    found = case.rows.subclasses if case.rows else ()
    return {
        each.class_name: ", ".join(
            f"{part} {figure(recall.value, 2)} ({figure(recall.low, 2)} to "
            f"{figure(recall.high, 2)}, {count(recall.n)} rows)"
            for part, recall in each.recalls.items()
        )
        for each in found
        if each.source == "given" and len(each.recalls) > 1
    }
