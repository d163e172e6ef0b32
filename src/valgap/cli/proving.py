"""Experiments as commands make them: progress and notes on stderr, the run with its verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from valgap.cli.desk import Desk
from valgap.confirming import confirm
from valgap.evidence.store import StoredRun


def proved(
    run: StoredRun,
    desk: Desk,
    *,
    seconds: float,
    codes: Sequence[str] = (),
    trust: bool = False,
) -> StoredRun:
    """Gives back the run with what experiments say of it, as far as the time goes."""
    done = confirm(run, codes, seconds=seconds, progress=desk.progress, trust=trust)
    desk.end_progress()
    for note in done.notes:
        desk.note(note)
    return done.run
