"""Columns of a CSV, a parquet file or a DataFrame: numbers, or text."""

from __future__ import annotations

import contextlib
import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.auditing.dataset import Progress
from valgap.errors import UsageError

MOST_CELLS = 500_000_000
"""Tables are held in memory, 8 bytes a number: 4 GB at most."""

LONGEST_CELL = 1 << 20
_CHUNK = 20_000
_MISSING = ("", "na", "nan", "null", "none", "n/a")
_CODINGS = ("utf-8-sig", "latin-1")


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns by name, each `(rows,)`: float64 with NaN for gaps, or text."""

    by_name: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.by_name.values()), ()))


def csv_columns(path: Path, progress: Progress = lambda *_: None) -> Columns:
    """Returns the columns of a CSV with a head; lines of another length are left out, and told.

    Raises:
        UsageError: if the file is no such table, or too large.
    """
    with _as_csv(path) as lines:
        head: list[str] = next(lines, [])
        _check_head(path, head)
        chunks, ragged, first = list[list[NDArray[Any]]](), 0, 0
        rows: list[list[str]] = []
        for line in lines:
            if not line:
                continue
            if len(line) != len(head):
                ragged, first = ragged + 1, first or lines.line_num
                continue
            rows.append(line)
            if len(rows) == _CHUNK:
                chunks.append(_typed(rows))
                rows = []
                progress("reading lines", len(chunks) * _CHUNK, 0)
                if len(chunks) * _CHUNK * len(head) > MOST_CELLS:
                    raise UsageError(f"{path} is too large: parquet of fewer columns is smaller")
        if rows:
            chunks.append(_typed(rows))
    if not chunks:
        raise UsageError(f"{path}: expected lines of {len(head)} cells as its head has, found none")
    joined = (_joined(list(parts)) for parts in zip(*chunks, strict=True))
    told = f"{ragged:,} lines have another number of cells than the head (first: line {first})"
    notes = (f"{told}: left out",) if ragged else ()
    return Columns(dict(zip(head, joined, strict=True)), notes)


def csv_head(path: Path, rows: int = 50) -> tuple[list[str], list[list[str]]]:
    """Returns the head of a CSV, and its first lines of the same length."""
    with _as_csv(path) as lines:
        head: list[str] = next(lines, [])
        some = [line for _, line in zip(range(rows), lines, strict=False)]
    return head, [line for line in some if len(line) == len(head)]


def parquet_columns(path: Path, progress: Progress = lambda *_: None) -> Columns:
    """Returns the columns of a parquet file; nested ones are left out, and told.

    Raises:
        UsageError: if it cannot be read, or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise UsageError("parquet is read by pyarrow: pip install 'valgap[audit]'") from None
    try:
        file = parquet.ParquetFile(path)
        if file.metadata.num_rows * file.metadata.num_columns > MOST_CELLS:
            raise UsageError(f"{path}: more than {MOST_CELLS:,} cells: keep fewer columns")
        held: dict[str, list[NDArray[Any]]] = {}
        done = 0
        for batch in file.iter_batches(_CHUNK):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                held.setdefault(name, []).append(plain(column.to_numpy(zero_copy_only=False)))
            done += batch.num_rows
            progress("reading rows", done, file.metadata.num_rows)
    except UsageError:
        raise
    except Exception as error:  # pyarrow's own, of files that are damaged or none
        told = " ".join(str(error).split())[:120]
        raise UsageError(f"{path} cannot be read as parquet: {told}") from None
    return Columns({name: _joined(parts) for name, parts in held.items()})


def plain(values: Any) -> NDArray[Any]:
    """Returns a column as float64 with NaN for gaps, or as text; times as seconds."""
    array = np.asarray(values)
    if array.dtype.kind == "b" or array.dtype.kind in "iuf":
        return array.astype(np.float64)
    if array.dtype.kind in "mM":
        seconds = array.astype("datetime64[ns]" if array.dtype.kind == "M" else "timedelta64[ns]")
        numbers = seconds.astype(np.int64) / 1e9
        return np.where(np.isnat(seconds), np.nan, numbers)
    if array.dtype.kind == "U":
        return array
    gaps = np.array([_is_gap(v) for v in array.tolist()], bool)
    with contextlib.suppress(TypeError, ValueError):
        if not any(isinstance(v, str) for v in array.tolist()):
            return np.where(gaps, np.nan, np.where(gaps, 0, array).astype(np.float64))
    return np.array(["" if g else str(v) for v, g in zip(array.tolist(), gaps, strict=True)])


def _is_gap(value: Any) -> bool:
    """None, NaN and NaT; whatever else says that it is not itself."""
    return value is None or bool(value != value)  # noqa: PLR0124


def _typed(rows: list[list[str]]) -> list[NDArray[Any]]:
    return [_column(cells) for cells in zip(*rows, strict=True)]


def _column(cells: tuple[str, ...]) -> NDArray[Any]:
    try:
        return np.array([_number(cell) for cell in cells], np.float64)
    except ValueError:
        return np.array(cells)


def _number(cell: str) -> float:
    text = cell.strip()
    return np.nan if text.lower() in _MISSING else float(text)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    if any(part.dtype.kind in "US" for part in parts):
        parts = [p if p.dtype.kind in "US" else np.array([_text(v) for v in p]) for p in parts]
    return np.concatenate(parts)


def _text(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.12g}"


def _check_head(path: Path, head: list[str]) -> None:
    if not head or all(_is_number(cell) for cell in head):
        raise UsageError(f"{path}: expected a first line of column names, found {head[:3]}")
    if len(set(head)) < len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise UsageError(f"{path}: two columns are called {twice!r}: rename one")


def _is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return float(text) == float(text)
    return False


@contextlib.contextmanager
def _as_csv(path: Path) -> Iterator[Any]:
    csv.field_size_limit(min(LONGEST_CELL, sys.maxsize))
    try:
        with path.open("rb") as file:
            start = file.read(1 << 16)
        if b"\0" in start:
            raise UsageError(f"{path}: expected text, found bytes that are none")
        coding = _coding(start)
        with path.open(encoding=coding, errors="replace", newline="") as text:
            yield csv.reader(text, _dialect(start.decode(coding, "replace")))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV: {error}") from None


def _coding(start: bytes) -> str:
    for coding in _CODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            # What is cut off within a character at the end is no sign of another coding.
            start[:-4].decode(coding)
            return coding
    return _CODINGS[0]


def _dialect(start: str) -> type[csv.Dialect]:
    first = start.splitlines()[0] if start else ""
    delimiter = max(",;\t|", key=first.count)

    class Found(csv.excel):
        pass

    Found.delimiter = delimiter if delimiter in first else ","
    return Found
