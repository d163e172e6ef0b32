"""One run as a line of the list: what was run, how it ended, its figures and its verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from valgap.case import Case
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.registry import case_of
from valgap.report.going_on import asked_epochs, shown_fit, standing
from valgap.report.places import shown_path
from valgap.report.so_far import watched_figure
from valgap.wording import figure

Ending = Literal[
    "running", "finished", "interrupted", "raised", "end not seen", "damaged", "not read yet"
]
Diagnose = Callable[[StoredRun], Diagnosis]
FOLLOWED = "val_loss"
_LONGEST_ARGS = 48


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line. `figure` names what `last` and `best` are of; "" where there is none."""

    id: str
    script: str
    when: str
    status: Ending
    fits: int = 0
    epochs: int = 0
    asked: str = ""
    args: str = ""
    figure: str = ""
    last: float | None = None
    best: float | None = None
    verdict: str = ""

    def told(self, value: float | None) -> str:
        """Gives back one of the figures in words, with its name where it is no validation loss."""
        if value is None:
            return ""
        return figure(value) if self.figure == FOLLOWED else f"{figure(value)} {self.figure}"


def line_of(run: StoredRun, diagnose: Diagnose, *, is_going_on: bool) -> RunLine:
    """Gives back the line of a run; the figures are those of its last fit with epochs.

    Args:
        run: The run.
        diagnose: Gives its verdict; it is not asked of a run that is going on.
        is_going_on: Whether a run that has not ended is still at work, or was killed.
    """
    record, fit = run.record, shown_fit(run)
    ending: Ending = record.status
    if ending == "running" and not is_going_on:
        ending = "end not seen"
    name, last, best = ("", None, None) if fit is None else figures(case_of(run, fit))
    script = record.target.script
    return RunLine(
        run.path.name,
        shown_path(script) if script else "no script",
        record.created[:16].replace("T", " "),
        ending,
        len(run.fits),
        sum(len(each.epochs) for each in run.fits),
        asked_epochs(fit) if ending == "running" else "",
        _shortened(" ".join(record.target.args)),
        name,
        last,
        best,
        standing(fit) if ending == "running" else str(diagnose(run).summary.get("verdict", "")),
    )


def damaged_line(name: str, reason: str) -> RunLine:
    """Gives back the line of a run that cannot be read, and why."""
    return RunLine(name, "", _when(name), "damaged", verdict=reason)


def waiting_line(name: str) -> RunLine:
    """Gives back the line of a run that there was no time to read."""
    return RunLine(name, "", _when(name), "not read yet")


def figures(case: Case) -> tuple[str, float | None, float | None]:
    """Gives back a figure to follow by its name, its last and its best value."""
    name = watched_figure(_logs(case.fit))
    values = case.history(name)
    if not values:
        return "", None, None
    higher = case.higher_is_better(name.removeprefix("val_"))
    return name, values[max(values)], (max if higher else min)(values.values())


def _logs(fit: FitRecord) -> Mapping[str, float | None]:
    """All figures of a fit: some are of every tenth epoch only."""
    return {name: value for epoch in fit.epochs for name, value in epoch.logs.items()}


def _shortened(args: str) -> str:
    return args if len(args) <= _LONGEST_ARGS else args[: _LONGEST_ARGS - 1] + "…"


def _when(name: str) -> str:
    """The time in an id, as 20261126-085352-4c33."""
    stamp = name[:8] + name[9:13]
    if not (stamp.isdecimal() and len(stamp) == 12):
        return ""
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]} {stamp[8:10]}:{stamp[10:12]}"
