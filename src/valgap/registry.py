"""The checks there are, and what they say of a run."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import inspect
import pkgutil
import re
import traceback
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.case import Case
from valgap.evidence.home import without_home
from valgap.finding import Diagnosis, Family, Finding, Ignored, NotRun, Severity
from valgap.multiplicity import controlled
from valgap.needs import NEEDS, OF_DATA, missing
from valgap.ranking import HEALTHY, identity, ranked, stands, summary
from valgap.verdicts import with_verdicts

if TYPE_CHECKING:
    from valgap.evidence.records import FitRecord
    from valgap.evidence.store import StoredRun

__all__ = ["Case", "Check", "check", "diagnose", "load_checks"]

# Checks of how far a model has come, which its last fit alone can answer.
OF_THE_END = (
    HEALTHY,
    *("CUR102", "CUR104", "CUR106", "DAT206", "MOD119"),
    *("EVL102", "EVL105", "EVL106", "EVL107", "EVL109"),
    *("FIT102", "FIT103", "FIT113", "FIT117", "FIT118"),
)
TAKES_A_FIT = "it takes a fit, and data were audited"
Look = Callable[[Case], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One fault that can be looked for; calling it looks, whatever evidence there is."""

    code: str
    name: str
    family: Family
    severity: Severity
    needs: tuple[str, ...]
    fires_on: Callable[[], Case]
    silent_on: Callable[[], Case]
    look: Look
    after_all: bool = False
    audits: tuple[str, ...] | None = None

    def __call__(self, case: Case) -> Iterable[Finding]:
        """Gives back what is found in `case`."""
        return self.look(case)

    @property
    def doc(self) -> str:
        """What it looks for, why it matters, what to do, references."""
        return inspect.getdoc(self.look) or ""

    @property
    def summary(self) -> str:
        """The first line of its documentation."""
        return self.doc.partition("\n")[0]

    def finding(self, case: Case, **told: Any) -> Finding:
        """Gives back a finding of this check on the fit of `case`, with what it `told`."""
        own: dict[str, Any] = {
            "code": self.code,
            "name": self.name,
            "family": self.family,
            "severity": self.severity,
            "fit": case.fit.id,
            "location": case.fit.location,
        }
        return Finding(**own | told)


_checks: dict[str, Check] = {}
_broken: dict[str, NotRun] = {}


def check(  # noqa: PLR0913
    *,
    code: str,
    name: str,
    family: Family,
    severity: Severity,
    fires_on: Callable[[], Case],
    silent_on: Callable[[], Case],
    needs: tuple[str, ...] = (),
    after_all: bool = False,
    audits: bool | tuple[str, ...] | None = None,
) -> Callable[[Look], Check]:
    """Registers a function as the check of a fault.

    Args:
        code: Its code for ever, such as MOD106.
        name: Its name, such as batchnorm-statistics-lag.
        family: The first letters of the code.
        severity: The gravest that it gives.
        fires_on: Makes an example in which it finds something.
        silent_on: Makes an example in which it finds nothing.
        needs: Names of the evidence without which it is not run.
        after_all: Whether it is to see what the others found.
        audits: What it needs where data are audited and there is no fit, or whether it can tell
            anything there; by default it can if all its needs are of the data.

    Raises:
        ValueError: If the code is taken or a need is unknown.
    """
    if unknown := [need for need in needs if need not in NEEDS]:
        raise ValueError(f"{code}: unknown needs {unknown}; expected some of {sorted(NEEDS)}")

    def register(look: Look) -> Check:
        told = (needs, fires_on, silent_on, look, after_all, _of_audits(family, needs, audits))
        made = Check(code, name, family, severity, *told)
        taken = _checks.get(code)
        if taken and taken.look.__module__ != look.__module__:
            raise ValueError(f"{code} is taken by {taken.look.__module__}")
        _checks[code] = made
        return made

    return register


def _of_audits(
    family: Family, needs: tuple[str, ...], audits: bool | tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """What a check needs of an audit; None where it takes a fit."""
    if isinstance(audits, tuple):
        return audits
    can = family == "DAT" and set(needs) <= OF_DATA if audits is None else audits
    return needs if can else None


def load_checks() -> tuple[Check, ...]:
    """Gives back all checks by code: those of valgap, and of others by entry points."""
    package = importlib.import_module("valgap.checks")
    for module in pkgutil.walk_packages(package.__path__, "valgap.checks."):
        importlib.import_module(module.name)
    for entry in entry_points(group="valgap.checks"):
        try:
            entry.load()
        except Exception:
            reason = f"{entry.value} could not be loaded"
            _broken[entry.name] = NotRun(entry.name, reason, _traceback())
    return tuple(_checks[code] for code in sorted(_checks))


def find_check(text: str) -> Check | None:
    """Gives back the check of one code or name, or None; imports its file alone.

    One page of the catalogue is wanted at once, and all hundred files take their time.
    """
    package = importlib.import_module("valgap.checks")
    for module in pkgutil.walk_packages(package.__path__, "valgap.checks."):
        spec = importlib.util.find_spec(module.name)
        source = "" if spec is None or spec.origin is None else Path(spec.origin).read_text("utf-8")
        if f'code="{text.upper()}"' in source or f'name="{text}"' in source:
            importlib.import_module(module.name)
    found = (c for c in _checks.values() if text.upper() == c.code or text == c.name)
    return next(found, None)


def diagnose(
    run: StoredRun,
    select: Sequence[str] = (),
    ignore: Mapping[str, str] | None = None,
    known: Container[tuple[str, ...]] = (),
) -> Diagnosis:
    """Gives back what all checks say of all fits of a run.

    Args:
        run: The run as stored.
        select: Codes, starts of codes or names of the checks to tell of; all if empty.
        ignore: The same, of those to leave out, with the reason of each. All checks are
            made all the same: a run is not healthy because its fault is ignored.
        known: Identities (`ranking.identity`) of findings that stand in a baseline.
    """
    checks = load_checks()
    reasons = {c.code: r for c in checks for t, r in (ignore or {}).items() if _chosen(c, [t])}
    told = {c.code for c in checks if _chosen(c, select)} - reasons.keys()
    findings: list[Finding] = []
    not_run = list(_broken.values())
    ran: set[str] = set()
    for fit in run.fits:
        case = _looked(case_of(run, fit), checks, ran)
        findings += _news(case, findings)
        not_run += case.not_run
    fired = {finding.code for finding in findings}
    marked = (dataclasses.replace(f, known=identity(f) in known) for f in findings)
    judged = with_verdicts(marked, run.verdicts)
    in_order = ranked(finding for finding in judged if finding.code in told)
    return Diagnosis(
        findings=in_order,
        passed=tuple(sorted((ran - fired) & told)),
        not_run=tuple(
            n
            for n in sorted(not_run, key=lambda n: (n.fit, n.code))
            if n.code in told or n.code in _broken
        ),
        ignored=tuple(
            Ignored(f.code, f.message, reasons[f.code], f.fit)
            for f in findings
            if f.code in reasons and stands(f)
        ),
        summary=summary(in_order, len(run.fits)),
    )


def case_of(run: StoredRun, fit: FitRecord) -> Case:
    """Gives back one fit of a run with all that was measured of it."""
    return Case(
        fit,
        run.ledger(fit.id),
        rows=run.rows_of(fit.id),
        model=run.model_of(fit.id),
        steps=run.steps_of(fit),
    )


def _chosen(made: Check, texts: Sequence[str]) -> bool:
    return not texts or any(made.code.startswith(t.upper()) or made.name == t for t in texts)


def _looked(case: Case, checks: Iterable[Check], ran: set[str]) -> Case:
    """Gives back the case with all that was found in it, and notes the checks that `ran`."""
    first, after_all = ([c for c in checks if c.after_all is late] for late in (False, True))
    case = _controlled(_made(case, first, ran))
    # That nothing was found is said last of all.
    for last in (False, True):
        case = _controlled(_made(case, [c for c in after_all if (c.code == HEALTHY) is last], ran))
    return case


def _controlled(case: Case) -> Case:
    return dataclasses.replace(case, findings=controlled(case.findings, case.made))


def _made(case: Case, checks: Iterable[Check], ran: set[str]) -> Case:
    for each in checks:
        found = run_check(each, case)
        if isinstance(found, NotRun):
            case = dataclasses.replace(case, not_run=(*case.not_run, found))
            continue
        case = dataclasses.replace(case, findings=(*case.findings, *found), made=case.made + 1)
        if each.code != HEALTHY:
            ran.add(each.code)
    return case


def _news(case: Case, before: Sequence[Finding]) -> Iterable[Finding]:
    """The findings of a case; of an audit without those of training rows, told once already."""
    known = {(f.code, f.message) for f in before} if case.is_audit else set()
    return (f for f in case.findings if (f.code, f.message) not in known)


def _of_part(finding: Finding, case: Case) -> Finding:
    """A finding of an audit, in whose words another part may stand in the place of validation."""
    part = case.fit.arguments.get("held_out", "validation") if case.is_audit else "validation"
    if part == "validation":
        return finding
    named = partial(re.sub, r"\bvalidation\b", part)
    return dataclasses.replace(
        finding,
        message=named(finding.message),
        evidence=tuple(named(line) for line in finding.evidence),
        help=named(finding.help),
        observed=dataclasses.replace(finding.observed, unit=named(finding.observed.unit)),
        expected=dataclasses.replace(finding.expected, source=named(finding.expected.source)),
    )


def _not_over(each: Check, case: Case) -> str | None:
    """Why what a model came to cannot be asked of a fit that is not its last."""
    is_of_the_end = each.code in OF_THE_END and case.fit.goes_on
    return "a later fit trains the same model further" if is_of_the_end else None


def run_check(each: Check, case: Case) -> tuple[Finding, ...] | NotRun:
    """Gives back what a check finds, or why it could not be made. Never raises."""
    try:
        needs = each.audits if case.is_audit else each.needs
        if needs is None:
            return NotRun(each.code, TAKES_A_FIT, fit=case.fit.id)
        if reason := missing(needs, case) or _not_over(each, case):
            return NotRun(each.code, reason, fit=case.fit.id)
        return tuple(_of_part(finding, case) for finding in each(case))
    except Exception as error:
        reason = f"the check failed: {type(error).__name__}: {error}".splitlines()[0]
        return NotRun(each.code, str(without_home(reason)), _traceback(), case.fit.id)


def _traceback() -> str:
    """That of the exception at hand, as a report may show it."""
    return str(without_home(traceback.format_exc()))
