"""What a report says of a run that has not ended: where it stands, and that no check is over."""

from __future__ import annotations

import math
from dataclasses import replace

from valgap.evidence.going_on import is_going_on
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, NotRun
from valgap.report.so_far import so_far
from valgap.wording import plural

NOT_OVER = "the run is going on: nothing was found so far"


def as_it_stands(run: StoredRun, diagnosis: Diagnosis) -> Diagnosis:
    """Gives back the diagnosis of a run, as far as it can be given before the run has ended.

    A check that has found nothing yet has not passed, and the verdict is that the run goes on.
    """
    if not is_going_on(run):
        return diagnosis
    verdict = f"the run is going on: {standing(shown_fit(run))}"
    open_still = tuple(NotRun(code, NOT_OVER) for code in diagnosis.passed)
    return replace(
        diagnosis,
        passed=(),
        not_run=(*open_still, *diagnosis.not_run),
        summary={**diagnosis.summary, "verdict": verdict},
    )


def shown_fit(run: StoredRun) -> FitRecord | None:
    """Gives back the last fit that has epochs, or the last, or None."""
    return next((f for f in reversed(run.fits) if f.epochs), next(reversed(run.fits), None))


def standing(fit: FitRecord | None) -> str:
    """Gives back where a fit that goes on stands."""
    if fit is None:
        return "no fit has begun yet"
    return so_far(fit.epochs, int(asked) if (asked := asked_epochs(fit)) else None)


def asked_epochs(fit: FitRecord | None) -> str:
    """Gives back how many epochs were asked for, "" where that is not known."""
    asked = fit.arguments.get("epochs", "") if fit else ""
    return asked if asked.isdecimal() else ""


def lasted(fit: FitRecord) -> str:
    """Gives back epochs and seconds of a fit; of one that was not seen to end, those known."""
    seconds = fit.seconds
    if fit.status == "running":
        seconds = math.fsum(epoch.seconds for epoch in fit.epochs)
    epochs = plural(len(fit.epochs), "epoch")
    return f"{epochs} in {seconds:,.1f} s" if seconds or fit.status != "running" else epochs
