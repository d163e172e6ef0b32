"""What a page of a study tells beside the record of it: whose fit it is, and the new script."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from valgap.evidence.records import FitRecord
from valgap.evidence.source import read_source
from valgap.evidence.store import StoredRun
from valgap.report.changes import Shown
from valgap.report.places import shown_location, shown_path
from valgap.treatment.record import Treatment

CONTEXT = 2


@dataclass(frozen=True, slots=True)
class About:
    """Pairs of label and text, and the script as it is to be."""

    facts: tuple[tuple[str, str], ...] = ()
    change: Shown | None = None


def about_of(run: StoredRun, fit: FitRecord, folder: Path, found: Treatment) -> About:
    """Gives back what is known of a treated fit.

    Args:
        run: with the text of its script as it was.
        fit: the one that was treated.
        folder: with the results.
        found: what was written there.
    """
    target = run.record.target
    facts = [
        ("script", " ".join((shown_path(target.script), *target.args)) if target.script else ""),
        ("fit", shown_location(fit.location) or ""),
        ("run", run.record.id),
        ("results", shown_path(folder)),
    ]
    return About(tuple((k, v) for k, v in facts if v), _change(run, folder, found))


def _change(run: StoredRun, folder: Path, found: Treatment) -> Shown | None:
    """The change of the script as a diff, or the whole of a program that runs it."""
    if found.script is None:
        return None
    text = (folder / "treated.py").read_text(encoding="utf-8")
    source = read_source(run.path)
    if found.script == "complete" or source is None:
        return Shown("treated.py: it runs the script as it is, with the remedies on its fit",
                     text.rstrip(), is_own=False)  # fmt: skip
    name = Path(source.file).name
    before, after = (part.replace("\r\n", "\n").split("\n") for part in (source.text, text))
    lines = difflib.unified_diff(before, after, name, "treated.py", n=CONTEXT, lineterm="")
    return Shown(f"Change from {name} to treated.py", "\n".join(lines), is_own=True)
