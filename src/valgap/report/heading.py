"""What a fit was: where, for how long, on what, and how it ended."""

from __future__ import annotations

from valgap.case import Case, finite
from valgap.evidence.records import DataRecord, EnvironmentRecord, FitRecord
from valgap.report.going_on import lasted
from valgap.report.inputs import add_inputs
from valgap.report.page import Page
from valgap.report.places import shown_location
from valgap.wording import count, figure

_ENDINGS = {
    "running": "never seen to end",
    "raised": "ended by an exception",
    "interrupted": "interrupted",
    "refused": "never started",
}


def add_heading(
    page: Page,
    case: Case,
    environment: EnvironmentRecord,
    title: str,
    *,
    is_going_on: bool = False,
) -> None:
    """Adds the rule above a fit and the lines that say what it was, or is, where it goes on."""
    fit = case.fit
    page.rule(title)
    if case.is_audit:
        _add_audit(page, case)
        return
    ending = f", {_ENDINGS[fit.status]}" if fit.status in _ENDINGS else ""
    place = shown_location(fit.location) or "a place that is not known"
    page.add(
        (place, "bold"),
        f"  {lasted(fit)}{' so far' if is_going_on and fit.status == 'running' else ending}",
    )
    if fit.error:
        page.hang("  error      ", fit.error.splitlines()[0])
    page.hang("  rows       ", f"{_data(fit.train)}; {_validation(fit.validation)}")
    add_inputs(page, case)
    page.hang("  model      ", f"{fit.model.name}, {fit.model.parameters:,} parameters")
    page.hang("  keras      ", _versions(environment))
    if figures := _figures(fit):
        page.hang("  last epoch ", figures)
    if fit.best_weights:
        page.hang("  best epoch ", f"kept in fits/{fit.id}/{fit.best_weights} of the run")
    for note in fit.notes:
        page.hang("  note       ", note)
    page.blank()


def _add_audit(page: Page, case: Case) -> None:
    """The lines of data without a fit: what was held against what, and how it is split."""
    page.add((audit_title(case.fit), "bold"))
    page.hang("  rows       ", audit_rows(case.fit))
    add_inputs(page, case)
    for note in case.fit.notes:
        page.hang("  note       ", note)
    page.blank()


def audit_title(fit: FitRecord) -> str:
    """Gives back what of a data set was held against what."""
    return f"audit of training and {fit.arguments.get('held_out', 'validation')} rows"


def audit_rows(fit: FitRecord) -> str:
    """Gives back the rows of both parts, and where they come from."""
    held_out = fit.validation.rows if fit.validation else 0
    name = fit.arguments.get("held_out", "validation")
    return f"{count(fit.train.rows)} for train, {count(held_out)} for {name} ({fit.train.form})"


def _data(data: DataRecord) -> str:
    return f"{count(data.rows)} for {data.split} ({data.form})"


def _validation(data: DataRecord | None) -> str:
    return "no validation data" if data is None else _data(data)


def _versions(environment: EnvironmentRecord) -> str:
    backend = " ".join(p for p in (environment.backend, environment.backend_version) if p)
    return f"{environment.keras or '?'} on {backend or '?'}, Python {environment.python}"


def _figures(fit: FitRecord) -> str:
    if not fit.epochs:
        return ""
    logs = fit.epochs[-1].logs
    return ", ".join(f"{name} {figure(value)}" for name, value in logs.items() if finite(value))
