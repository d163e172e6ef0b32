"""CUR108: nothing was found, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.finding import Expected, Finding, Observed
from valgap.ranking import faults
from valgap.registry import check
from valgap.wording import plural


def _unlooked_at() -> Case:
    return example_case()


def _without_validation() -> Case:
    return example_case(val_loss=None)


@check(
    code="CUR108",
    name="healthy",
    family="CUR",
    severity="note",
    needs=("validation", "validation-loss", "loss-gap"),
    fires_on=_unlooked_at,
    silent_on=_without_validation,
    after_all=True,
)
def healthy(case: Case) -> Iterable[Finding]:
    """No fault was found, and how many checks could not be made.

    What it looks for: no error and no warning of any other check that is confirmed,
    suspected or inconclusive.

    Why it matters: nothing found is worth as much as what was looked at; checks that could
    not be made are counted, and the report lists them with their reasons.

    What to do: nothing, as far as these checks see. A higher score takes more rows, a better
    suited model, or better labels.

    References: FAULTS.md, rules 1 and 2: prefer silence to a false alarm.
    """
    if faults(case.findings):
        return
    missed = len(case.not_run)
    told = f"; {missed} could not be made" if missed else ""
    yield healthy.finding(
        case,
        status="confirmed",
        message=f"healthy: nothing found in {plural(case.made, 'check')}{told}",
        observed=Observed(0.0, "faults", n=case.made),
        expected=Expected("==", 0.0, "no error and no warning"),
        evidence=(f"no error and no warning in {plural(case.made, 'check')}",),
        help="nothing to mend; a higher score takes more rows or a better suited model",
    )
