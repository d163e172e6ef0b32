"""What logs there are under a name: a file, a folder, standard input or a tracking run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from valgap.errors import UsageError
from valgap.evidence.log import Log
from valgap.observe.logs.console import read_console
from valgap.observe.logs.form import Form, load_forms
from valgap.observe.logs.mlflow_run import PREFIX, read_run
from valgap.observe.logs.refused import refusal
from valgap.observe.logs.source import Source

STDIN = "-"
# A folder of runs, not a disk: beyond this it is most likely the wrong folder.
MOST_FILES = 5_000
EXPECTED = (
    "expected a CSV or JSON history, trainer_state.json, TensorBoard events, MLflow metrics "
    "or what Keras prints"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The logs under some names, and what was passed over, with the reason."""

    logs: tuple[Log, ...]
    notes: tuple[str, ...] = ()


def find_logs(names: Sequence[str]) -> Found:
    """Reads all logs under some names.

    Args:
        names: Files, folders, `-` for standard input, or `mlflow:RUN_ID`.

    Raises:
        UsageError: if there is no such file, or it is no log.
    """
    logs: list[Log] = []
    notes: list[str] = []
    for name in names:
        found = _under(name)
        logs += found.logs
        notes += found.notes
    return Found(tuple(logs), tuple(notes))


def _under(name: str) -> Found:
    if name.startswith(PREFIX):
        return Found(tuple(read_run(name)))
    if name == STDIN:
        return Found(read_source(Source("standard input", stream=sys.stdin.buffer)))
    path = Path(name)
    if path.is_dir():
        return _in_folder(name, path)
    if not path.exists():
        raise UsageError(f"no file or folder {name}; expected a log, or - for standard input")
    return Found(read_source(Source(name, path)))


def read_source(source: Source) -> tuple[Log, ...]:
    """Reads one source, by the first form that knows it.

    Raises:
        UsageError: if it is empty or no log.
    """
    if not source.head.strip():
        raise UsageError(f"{source.name} is empty; {EXPECTED}")
    if reason := refusal(source):
        raise UsageError(reason)
    form = _form_of(source)
    # A console's first epoch may stand behind more warnings than were looked at.
    read = read_console if form is None and source.text_head is not None else form and form.read
    logs = tuple(read(source)) if read else ()
    if not logs:
        raise UsageError(f"{source.name}: no figure of an epoch or step found; {EXPECTED}")
    return logs


def _form_of(source: Source) -> Form | None:
    return next((form for form in load_forms() if form.knows(source)), None)


def _in_folder(name: str, root: Path) -> Found:
    by_form: dict[Form, list[Source]] = {}
    for path in _files(root):
        source = Source(str(path), path)
        if source.head.strip() and not refusal(source) and (form := _form_of(source)):
            by_form.setdefault(form, []).append(source)
    logs: list[Log] = []
    notes: list[str] = []
    for form, sources in by_form.items():
        for group in [sources] if form.together else [[source] for source in sources]:
            try:
                logs += form.together(name, group) if form.together else form.read(group[0])
            except UsageError as error:
                notes.append(f"not read: {error}")
    if not logs:
        raise UsageError(notes[0] if notes else f"no log in the folder {name}; {EXPECTED}")
    return Found(tuple(without_beginnings(logs)), tuple(notes))


def _files(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or not path.is_file():
                continue
            seen += 1
            if seen > MOST_FILES:
                raise UsageError(f"{root} holds more than {MOST_FILES:,} files; name the log's own")
            yield path


def without_beginnings(logs: Sequence[Log]) -> Iterator[Log]:
    """Leaves out logs that are the beginning of another, as those of checkpoints are."""
    for i, log in enumerate(logs):
        others = (other for j, other in enumerate(logs) if _goes_on(log, other, later=j > i))
        if next(others, None) is None:
            yield log


def _goes_on(log: Log, other: Log, *, later: bool) -> bool:
    """Whether another log holds all of this one, and more or as much but told before."""
    if log is other or other.form != log.form:
        return False
    held = all(
        other.figures.get(name, ())[: len(points)] == points for name, points in log.figures.items()
    )
    return held and (other.length > log.length or (other.length == log.length and not later))
