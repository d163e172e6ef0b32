"""Our own frames: told from others, and taken out of what the user is shown."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import CodeType, TracebackType

from valgap.observe.where import callers_location

_OUR_FOLDER = str(Path(__file__).resolve().parents[1]) + os.sep
_IMPORT_MACHINERY = ("<frozen importlib", str(Path(os.__file__).with_name("importlib")))


def users_own_import() -> bool:
    """Says whether the import under way stands in a file of the user's own."""
    frame = sys._getframe(1)
    while frame.f_back and (
        _is_ours(frame.f_code) or frame.f_code.co_filename.startswith(_IMPORT_MACHINERY)
    ):
        frame = frame.f_back
    place = callers_location("import")
    return place is not None and (place.file, place.line) == (
        frame.f_code.co_filename,
        frame.f_lineno,
    )


def forget_our_frames(error: BaseException) -> None:
    """Takes our frames out of the traceback of an error and of all that it is chained to."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_ours(one.__traceback__)
        inner = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += [e for e in (one.__cause__, one.__context__, *inner) if e is not None]


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    links = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    if not links or _is_ours(links[-1].tb_frame.f_code):
        return links[0] if links else None  # raised by us: our own bug stays visible
    kept = [link for link in links if not _is_ours(link.tb_frame.f_code)]
    for link, following in zip(kept, [*kept[1:], None], strict=True):
        link.tb_next = following
    return kept[0]


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(_OUR_FOLDER)
