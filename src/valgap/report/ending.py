"""How every report ends: what it says in short, what was not made, what to do next."""

from __future__ import annotations

from valgap.evidence.going_on import is_going_on
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.ranking import causes, faults, stands
from valgap.registry import TAKES_A_FIT

_MOST_IN_SHORT = 3


def in_short(diagnosis: Diagnosis) -> list[str]:
    """Gives back the verdict and the causes that follow it, three sentences at most."""
    verdict = str(diagnosis.summary.get("verdict", ""))
    others = [finding.message for finding in faults(causes(diagnosis.findings))]
    return list(dict.fromkeys((verdict, *others)))[:_MOST_IN_SHORT]


def not_run(diagnosis: Diagnosis) -> list[tuple[str, list[str]]]:
    """Gives back why checks were not made, each reason with its codes, the commonest first."""
    codes: dict[str, list[str]] = {}
    for code, reason in dict.fromkeys((n.code, n.reason) for n in diagnosis.not_run):
        codes.setdefault(reason, []).append(code)
    if (of_fits := codes.get(TAKES_A_FIT)) is not None:
        codes[TAKES_A_FIT] = [f"{len(of_fits)} checks"]  # the catalogue less DAT: no news in each
    return sorted(codes.items(), key=lambda item: -len(item[1]))


def next_command(run: StoredRun, diagnosis: Diagnosis) -> str:
    """Gives back the command that a reader most likely wants now."""
    if is_going_on(run):
        return f"valgap report {run.record.id}"
    # One that was killed could not say so: it is on record as running.
    if run.record.status in ("interrupted", "running") and run.record.target.script:
        target = run.record.target
        return " ".join(("valgap run --resume", run.record.id, str(target.script), *target.args))
    standing = [f for f in diagnosis.findings if stands(f)]
    testable = {fit.id for fit in run.fits if fit.recipe}
    if standing and standing[0].status == "suspected" and standing[0].fit in testable:
        return f"valgap confirm {run.record.id}"
    if standing:
        return f"valgap explain {standing[0].code}"
    return f"valgap report {run.record.id} --format json"
