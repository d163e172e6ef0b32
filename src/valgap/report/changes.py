"""What a finding would change in the user's own script, as a diff to copy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from valgap.case import Case
from valgap.evidence.source import read_source
from valgap.evidence.store import StoredRun
from valgap.finding import Finding
from valgap.patches.registry import script_diff
from valgap.patches.subject import Subject
from valgap.registry import case_of
from valgap.report.places import shown_path

# Of a long loop the last fits are told; what would change is the same for all.
MOST_FITS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """A change to copy: of the script itself, or an example with names that stand for others."""

    title: str
    text: str
    is_own: bool


def own_change(run: StoredRun, finding: Finding) -> Shown | None:
    """Gives back the change of the script that made a run, for a remedy of a finding.

    Args:
        run: The run, with the text of its script as it was.
        finding: One of its findings.

    Returns:
        That of the first remedy that can safely be made in the source; None where there is none.
    """
    fit = next((f for f in run.fits[-MOST_FITS:] if f.id == finding.fit), None)
    source = read_source(run.path) if fit and fit.location and finding.remedies else None
    if fit is None or fit.location is None or source is None or source.file != fit.location.file:
        return None
    name = _relative(source.file)
    subject = Subject(fit, finding.scope.layer, _classes(case_of(run, fit)))
    diffs = (script_diff(source.text, name, remedy, subject) for remedy in finding.remedies)
    text = next(filter(None, diffs), "")
    return Shown(f"Change to {Path(name).name}", text, is_own=True) if text else None


def _relative(file: str) -> str:
    shown = Path(shown_path(os.path.normpath(file)))
    return shown.name if shown.is_absolute() else shown.as_posix()


def _classes(case: Case) -> int | None:
    """How many classes there are by the highest label, where labels are whole numbers."""
    targets = (*case.targets("train"), *case.targets("validation"))
    labels = [label for t in targets if t.encoding == "classes" for label in t.counts]
    whole = [int(label) for label in labels if label.isdecimal()]
    return max(whole) + 1 if whole and len(whole) == len(labels) else None
