"""Ledger and findings as TensorBoard shows them, beside the scalars of the fit."""

from __future__ import annotations

import importlib
import itertools
from datetime import datetime
from typing import Any

from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.registry import case_of
from valgap.report.give_back.rows import rows_by_epoch
from valgap.report.texts import report_text

# Kinds of values, as types.proto of TensorFlow numbers them.
_FLOAT, _STRING = 1, 7


def write(run: StoredRun, diagnosis: Diagnosis, logdir: str) -> str:
    """Writes `valgap/gap/<row>` for each traced epoch, and the findings as text.

    The folder is one of the run's own below `logdir`, so that TensorBoard shows it beside the
    folders that the script writes, and a second run does not mix with the first. Steps are
    epochs from 0, as those of Keras' own callback.

    Args:
        run: The run, with its ledgers.
        diagnosis: What was found in it.
        logdir: Where the script's own events are, or the folder above.

    Returns:
        The folder that was written to.

    Raises:
        ImportError: If TensorBoard is not installed.
    """
    folder = "/".join((str(logdir).rstrip("/"), "valgap", run.record.id))
    for fit in run.fits:
        own = folder if len(run.fits) == 1 else f"{folder}/fit-{fit.id + 1}"
        writer = _Writer(own, run, fit)
        for row, deltas in rows_by_epoch(case_of(run, fit)).items():
            for epoch, delta in deltas.items():
                writer.scalar(f"valgap/gap/{row}", epoch, delta)
        if fit is run.fits[-1]:
            writer.text("valgap/findings", report_text("markdown", run, diagnosis))
        writer.close()
    return folder


class _Writer:
    """An event file, written by TensorBoard's own code; no TensorFlow is needed."""

    def __init__(self, folder: str, run: StoredRun, fit: FitRecord) -> None:
        self._proto = importlib.import_module("tensorboard.compat.proto.summary_pb2")
        self._events = importlib.import_module("tensorboard.compat.proto.event_pb2")
        self._tensor = importlib.import_module("tensorboard.compat.proto.tensor_pb2").TensorProto
        files = importlib.import_module("tensorboard.summary.writer.event_file_writer")
        self._file = files.EventFileWriter(folder)
        began = datetime.fromisoformat(run.record.created).timestamp()
        ends = itertools.accumulate((e.seconds for e in fit.epochs), initial=began)
        self._ends = dict(
            zip((e.epoch for e in fit.epochs), itertools.islice(ends, 1, None), strict=True)
        )
        self._began, self._last = began, max((e.epoch for e in fit.epochs), default=0)

    def scalar(self, tag: str, epoch: int, value: float) -> None:
        """Adds one number at an epoch."""
        self._add("scalar", tag, epoch, self._tensor(dtype=_FLOAT, float_val=[value]))

    def text(self, tag: str, text: str) -> None:
        """Adds a text in Markdown, at the last epoch."""
        self._add("text", tag, self._last, self._tensor(dtype=_STRING, string_val=[text.encode()]))

    def close(self) -> None:
        """Ends the file."""
        self._file.close()

    def _add(self, plugin: str, tag: str, epoch: int, tensor: Any) -> None:
        described = importlib.import_module(f"tensorboard.plugins.{plugin}.metadata")
        metadata = described.create_summary_metadata(display_name=None, description=None)
        value = self._proto.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
        self._file.add_event(
            self._events.Event(
                wall_time=self._ends.get(epoch, self._began),
                step=epoch,
                summary=self._proto.Summary(value=[value]),
            )
        )
