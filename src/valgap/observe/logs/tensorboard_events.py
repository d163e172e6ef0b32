"""Scalars in TensorBoard's event files, through the package `tensorboard`."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from valgap.errors import UsageError
from valgap.evidence.log import Log, Points
from valgap.observe.logs.curves import Curves
from valgap.observe.logs.form import log_form
from valgap.observe.logs.mlflow_files import by_step
from valgap.observe.logs.source import Source

NAME = "TensorBoard events"
# Folders in which writers keep the two splits of one run.
_SPLITS = ("train", "training", "validation", "val", "valid", "eval", "test")
# Length and its checksum before a record, the record's checksum behind it.
_BEFORE, _BEHIND = 12, 4
# A record beyond this is a picture or a graph, or the file is damaged.
_MOST_BYTES = 64 << 20


def _knows(source: Source) -> bool:
    return source.head[_BEFORE : _BEFORE + 64].find(b"brain.Event:") >= 0


def _together(name: str, sources: Sequence[Source]) -> Iterable[Log]:
    by_run: dict[Path, list[tuple[str, Source]]] = {}
    for source in sources:
        folder = (source.path or Path(source.name)).parent
        split = folder.name if folder.name.lower() in _SPLITS else ""
        by_run.setdefault(folder.parent if split else folder, []).append((split, source))
    for run, files in by_run.items():
        yield _log(name, files, run.name if len(by_run) > 1 else None)


@log_form(NAME, knows=_knows, together=_together)
def read(source: Source) -> Iterable[Log]:
    """Gives the log of one file; the folder of a run tells both of its splits.

    Raises:
        UsageError: if tensorboard is not installed, or the file holds no scalar.
    """
    return [_log(source.name, [("", source)], None)]


def _log(name: str, files: Sequence[tuple[str, Source]], part: str | None) -> Log:
    event_of, array_of = _package()
    curves, cut = Curves(), 0
    for split, source in files:
        for record in _records(source):
            if not record:
                cut += 1
                continue
            for tag, step, value in _scalars(record, event_of, array_of):
                curves.put(f"{split}/{tag}" if split else tag, step, value)
    if not curves.by_name:
        raise UsageError(f"{name}: event files without a scalar; expected a logged loss")
    several = len(files) - len({split for split, _ in files})
    notes = [f"{several + 1} event files of one split are read as one run"] if several else []
    notes += ["an event file ends in the middle of a record, or is damaged"] if cut else []
    figures = _of_epochs(curves.told())
    return by_step(Log(name, NAME, figures, part=part, notes=(*notes, *curves.notes())))


def _of_epochs(figures: Mapping[str, Points]) -> Mapping[str, Points]:
    """Leaves out what Keras logs by batch or by iteration, where it logs by epoch too."""
    of_epochs = {n: p for n, p in figures.items() if n.rpartition("/")[2].startswith("epoch_")}
    return of_epochs or figures


def _package() -> tuple[Any, Any]:
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.util.tensor_util import make_ndarray
    except ImportError:
        raise UsageError(
            "TensorBoard events need tensorboard: pip install 'valgap[tensorboard]'"
        ) from None
    return Event, make_ndarray


def _records(source: Source) -> Iterator[bytes]:
    """Gives the records of a file; an empty one where it breaks off.

    TensorBoard's own reader would take TensorFlow where that is installed, or check every
    byte in Python; the frame of a record is 16 bytes (TensorFlow, record_writer.h).
    """
    held = bytearray()
    wanted = 0
    for piece in source.pieces():
        held += piece
        while len(held) >= _BEFORE:
            wanted = struct.unpack_from("<Q", held)[0]
            if wanted > _MOST_BYTES:
                yield b""
                return
            end = _BEFORE + wanted + _BEHIND
            if len(held) < end:
                break
            yield bytes(held[_BEFORE : end - _BEHIND])
            del held[:end]
    if held:
        yield b""


def _scalars(record: bytes, event_of: Any, array_of: Any) -> Iterator[tuple[str, float, float]]:
    event = event_of()
    try:
        event.ParseFromString(record)
    except Exception:  # google.protobuf.message.DecodeError: the record is damaged
        return
    for value in event.summary.value:
        if value.HasField("simple_value"):
            yield value.tag, float(event.step), float(value.simple_value)
        elif value.HasField("tensor") and (found := _scalar(value.tensor, array_of)) is not None:
            yield value.tag, float(event.step), found


def _scalar(tensor: Any, array_of: Any) -> float | None:
    """Gives the one number in a tensor, or None where it is a picture, a text or a histogram."""
    if math.prod(int(d.size) for d in tensor.tensor_shape.dim) != 1:
        return None
    try:
        return float(array_of(tensor).reshape(()))
    except (TypeError, ValueError, KeyError):
        return None
