"""Tables of text, row by row: any of four delimiters, ragged rows, decimal commas."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from valgap.observe.logs.console_line import HEADER, bare_epoch
from valgap.observe.logs.console_text import bare
from valgap.observe.logs.source import Source

_DELIMITERS = (",", ";", "\t", "|")
_INDEX = ("", "unnamed: 0", "index")
# A table has a figure by one of these words, or a column that says where it stands.
_WORDS = ("loss", "epoch", "step", "acc", "mae", "mse", "auc", "error", "metric")
# Room for the names of some thousand figures.
_HEADER = 1 << 16


@dataclass(slots=True)
class Table:
    """A table that is read once; `ragged` counts the rows of another length, as they come."""

    header: tuple[str, ...]
    delimiter: str
    source: Source
    ragged: int = 0
    _cells: dict[str, object] = field(default_factory=dict)

    def rows(self) -> Iterator[Mapping[str, str]]:
        """Gives the rows by name of the column; empty cells are left out."""
        cells = _cells(self.source.lines(), self.delimiter)
        for row in cells:
            if tuple(cell.strip() for cell in row) == self.header:
                break
        for row in cells:
            if not any(row) or tuple(cell.strip() for cell in row) == self.header:
                continue
            self.ragged += len(row) != len(self.header)
            yield {
                name: self._decimal(cell)
                for name, cell in zip(self.header, row, strict=False)
                if cell.strip()
            }

    def notes(self) -> tuple[str, ...]:
        """Gives back what was wrong with the rows."""
        what = f"{self.ragged:,} rows are not as long as the header" if self.ragged else None
        return (what,) if what else ()

    def _decimal(self, cell: str) -> str:
        return cell.strip() if self.delimiter == "," else cell.strip().replace(",", ".")


def table_of(source: Source) -> Table | None:
    """Gives the table that a source begins with, or None where it is none."""
    text = source.text_head
    lines = [line for line in (text or "")[:_HEADER].splitlines() if line.strip()]
    if not lines or lines[0].lstrip().startswith(("{", "[", "<")) or _is_console(lines):
        return None
    excel = lines[0].strip().lower()
    given = excel[4:5] if excel.startswith("sep=") else ""
    first = lines[1] if given and len(lines) > 1 else lines[0]
    delimiter = given or max(_DELIMITERS, key=first.count)
    header = tuple(cell.strip() for cell in next(_cells(iter([first]), delimiter), []))
    return Table(header, delimiter, source) if _is_header(header) else None


def _is_console(lines: list[str]) -> bool:
    """Tells Keras' output behind the times of a logger or the name of a container."""
    if bare(lines[0]) == lines[0]:
        return False
    shown = (bare(line) for line in lines)
    return any(HEADER.search(line) or bare_epoch(line) is not None for line in shown)


def _is_header(header: tuple[str, ...]) -> bool:
    if len(header) < 2 or len(header) > 10_000 or len(set(header)) < len(header):
        return False
    if any(name and name[0].isdigit() and name.replace(".", "").isdigit() for name in header):
        return False
    # A sentence with commas in it is no header.
    told = [name.lower() for name in header]
    return any(w in name for w in _WORDS for name in told) and all(len(n) < 200 for n in told)


def index_of(table: Table) -> str | None:
    """Gives the nameless first column that pandas writes, if there is one."""
    return table.header[0] if table.header[0].lower() in _INDEX else None


def _cells(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Gives the cells of rows; a row that cannot be taken apart is passed over."""
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:  # a cell of more than 128 KB
            continue
