"""Files that people keep beside their logs, and what to give instead."""

from __future__ import annotations

from valgap.observe.logs.source import Source

_HISTORY = "json.dump(history.history, open('history.json', 'w'))"
_MODEL = "is a saved model, not a log; valgap diagnose MODEL --train ... --validation ... reads it"
_KINDS = (
    (b"\x89HDF\r\n\x1a\n", _MODEL),
    (b"PK\x03\x04", f"is an archive: {_MODEL.removeprefix('is ')}"),
    (b"\x1f\x8b", "is compressed; unpack it first: gzip -dc FILE | valgap read -"),
    (b":W&B", "is W&B's own format; export the run's history as CSV and give that"),
    (b"PAR1", "is Parquet, which is not read; write the table as CSV and give that"),
    (b"\x93NUMPY", f"is a NumPy array, without names; write the history: {_HISTORY}"),
)
_PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))


def refusal(source: Source) -> str | None:
    """Gives back why a file is not read and what to do, or None where it may be a log."""
    head = source.head[:16]
    if head.startswith(_PICKLES):
        return (
            f"{source.name} is a pickle, which runs code as it is read, so it is not; where it "
            f"was made, write {_HISTORY}"
        )
    return next((f"{source.name} {what}" for sign, what in _KINDS if head.startswith(sign)), None)
