"""What one line of Keras' console output tells: epoch, steps, figures, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

# `Epoch 3/100`, wherever it stands; `Epoch 00003: val_loss improved` is a callback's.
HEADER = re.compile(r"(?<![A-Za-z])[Ee]poch:?\s{0,3}(\d{1,9})\s?/\s?(\d{1,9})(?!\d)")
# Keras 0.x counted from 0 and did not say how many there were to come.
_BARE = re.compile(r"\s*Epoch (\d{1,9})\s*")
_STEPS = re.compile(r"(?<![\d/.:-])(\d{1,9})/(\d{1,9})(?![\d/.:-])")
_NUMBER = re.compile(
    r"\s*([-+]?(?:\d{1,40}\.?\d{0,40}(?:[eE][-+]?\d{1,4})?|nan|inf))(?![\d.:%])", re.I
)
_ROWS = re.compile(r"validate on (\d{1,12}) samples|Using (\d{1,12}) files for validation")
# Where a bar begins; several stand in a line that has lost its returns.
_BAR = re.compile(r"(?<=\s)(?=\d{1,9}/\d{1,9} +(?:\[|\u2501|- ))")
_LONGEST_NAME = 100
_WRAPPED = (" -", ":")


def bare_epoch(line: str) -> int | None:
    """Gives the epoch of a line such as `Epoch 0`, None of any other."""
    found = _BARE.fullmatch(line)
    return int(found[1]) if found else None


def steps(line: str) -> tuple[int, int] | None:
    """Gives steps, or rows, done and to do, from the bar or what stands for it."""
    found = _STEPS.search(line, 0, 400)
    return (int(found[1]), int(found[2])) if found else None


def bars(line: str) -> list[str]:
    """Gives the parts of a line, each with one bar at most."""
    return _BAR.split(line)


def rows(line: str) -> int | None:
    """Gives the number of validation rows where Keras says it."""
    found = _ROWS.search(line)
    return int(found[1] or found[2]) if found else None


def is_wrapped(line: str) -> bool:
    """Says whether a line breaks off between two figures, or between a name and its value."""
    return line.rstrip().endswith(_WRAPPED) and len(line) < 10 * _LONGEST_NAME


def figures(line: str) -> dict[str, float]:
    """Gives the figures of a line by name, as in `- loss: 0.61 - val_loss: 0.70`.

    A line without any loss is no line of Keras', and gives none.
    """
    found = dict(_figures(line))
    return found if any("loss" in name.lower() for name in found) else {}


def rest_of_figures(line: str, known: object) -> dict[str, float]:
    """Gives the figures of a line that goes on with the one before, of known kinds alone."""
    names = known if isinstance(known, dict | set | frozenset) else ()
    return {n: v for n, v in _figures(line) if n in names or n.startswith("val_")}


def _figures(line: str) -> Iterator[tuple[str, float]]:
    for i, part in enumerate(f" {line}".split(" - ")):
        name, colon, rest = part.partition(":")
        name = name.strip()
        if not colon or not name or len(name) > _LONGEST_NAME or name == "ETA":
            continue
        if i == 0 and not _begins_a_line(name):
            continue
        number = _NUMBER.match(rest)
        if number:
            yield name, float(number[1])


def _begins_a_line(name: str) -> bool:
    """Says whether a figure may stand first, where a paste has cut the line before it."""
    return name == "loss" or (name.startswith("val_") and " " not in name)
