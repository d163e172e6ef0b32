"""What a log says, as Markdown, for an issue or a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console

from valgap.reading.limits import limits
from valgap.reading.records import Reading
from valgap.reading.side_by_side import beyond_noise, rows_of
from valgap.report.markdown import escaped, table
from valgap.report.reading import cells, facts, heading, label, verdict
from valgap.wording import figure

_HEADS = ("last", "training", "validation", "gap", "best", "at", "noise", "luck")


def write(readings: Sequence[Reading], notes: Sequence[str], console: Console) -> None:
    """Writes the reading to a console; what is not ASCII as character references."""
    text = "\n\n".join(_parts(readings, notes)) + "\n"
    console.file.write(text.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def _parts(readings: Sequence[Reading], notes: Sequence[str]) -> Iterator[str]:
    for reading in readings:
        yield from _log(reading)
    if len(readings) > 1:
        yield from _side_by_side(readings)
    found = limits(readings)
    if found.open:
        yield "### What a log cannot tell"
        told = [*found.open, *([("by hand", found.by_hand)] if found.by_hand else [])]
        yield "\n".join(f"- **{what}**: {escaped(why)}" for what, why in told)
    yield "\n".join(f"- `{command}`: {escaped(what)}" for command, what in found.settles)
    yield from (escaped(note) for note in notes)


def _log(reading: Reading) -> Iterator[str]:
    yield f"## valgap read: {escaped(reading.log.title)}"
    yield escaped("; ".join((heading(reading), *reading.log.notes)))
    if reading.pairs:
        rows = ((pair.course.pair.figure, *cells(pair)) for pair in reading.pairs)
        yield table((_HEADS, *rows))
    if told := facts(reading):
        yield "\n".join(f"- {escaped(line)}" for line in told)
    for state in reading.states:
        evidence = (f"  - {escaped(text)}" for text in state.evidence)
        yield "\n".join((f"- **{escaped(label(state))}** {escaped(state.message)}", *evidence))
    if not reading.states and reading.pairs:
        yield escaped(verdict(reading))


def _side_by_side(readings: Sequence[Reading]) -> Iterator[str]:
    yield "### Side by side"
    rows = rows_of(readings)
    heads = ("log", "epochs", "training", "validation", "best", "at", "states")
    yield table(
        (
            heads,
            *(
                (
                    row.title,
                    str(row.epochs),
                    figure(row.train),
                    figure(row.validation),
                    figure(row.best),
                    "" if row.at is None else f"{row.at:,.10g}",
                    ", ".join(row.states),
                )
                for row in rows
            ),
        )
    )
    yield from (escaped(line) for line in beyond_noise(rows))
