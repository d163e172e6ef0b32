"""What the template is given: plain records, made of a run and its diagnosis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.evidence.going_on import is_going_on
from valgap.evidence.records import EnvironmentRecord, FitRecord
from valgap.evidence.samples import read_samples
from valgap.evidence.store import StoredRun
from valgap.evidence.stored import is_audit
from valgap.evidence.trials import TrialRecord, read_trials
from valgap.finding import Diagnosis, Experiment, Finding
from valgap.ranking import stands
from valgap.registry import case_of
from valgap.report.changes import Shown, own_change
from valgap.report.going_on import lasted
from valgap.report.heading import audit_rows, audit_title
from valgap.report.html.diffs import example_of
from valgap.report.html.drawing import plots_of
from valgap.report.html.plots import effect, samples
from valgap.report.html.plots.canvas import Plot
from valgap.report.inputs import described
from valgap.report.ledger import sampled
from valgap.report.places import shown_location, shown_path
from valgap.wording import count, figure, signed

# Drawing each of very many fits of a loop would fill megabytes; findings of all are told.
MOST_FITS_DRAWN = 3
PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Card:
    """One finding: its words, its plot, its experiment with the trials, and a change to copy."""

    finding: Finding
    place: str
    doubt: str
    facts: tuple[str, ...]
    plot: Plot | None
    experiment: tuple[tuple[str, str], ...]
    trials: tuple[tuple[str, ...], ...]
    change: Shown | None


@dataclass(frozen=True, slots=True)
class FitView:
    """One fit: lines that say what it was, the plots to look at first, its cards and all else."""

    number: int
    title: str
    facts: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    rest: tuple[Card, ...]
    first: tuple[Plot, ...]
    plots: tuple[Plot, ...]
    notes: tuple[str, ...]
    worst_rows: tuple[str, ...]


def fits_of(run: StoredRun, diagnosis: Diagnosis) -> tuple[FitView, ...]:
    """Gives back the fits of a run; of a long loop only the last ones are drawn."""
    drawn = {fit.id for fit in run.fits[-MOST_FITS_DRAWN:]}
    return tuple(
        _fit(run, case_of(run, fit), diagnosis, is_drawn=fit.id in drawn) for fit in run.fits
    )


def _fit(run: StoredRun, case: Case, diagnosis: Diagnosis, *, is_drawn: bool) -> FitView:
    fit = case.fit
    found = [f for f in diagnosis.findings if f.fit == fit.id]
    trials = read_trials(run.path / "fits" / str(fit.id))
    optimizer = fit.compile.optimizer if fit.compile else ""
    changes = ((f, own_change(run, f) or example_of(f, optimizer)) for f in found)
    cards = [(f, card_of(f, trials, change)) for f, change in changes]
    first, plots = plots_of(case) if is_drawn and not case.is_audit else ((), ())
    kept = read_samples(run.path / "fits" / str(fit.id))
    shown = tuple(samples.draw(case, kept)) if is_drawn else ()
    title = audit_title(fit) if case.is_audit else f"{lasted(fit)}{_ending(run, fit)}"
    return FitView(
        fit.id + 1,
        f"Fit {fit.id + 1} of {len(run.fits)}: {title}" if len(run.fits) > 1 else title,
        tuple(_facts(case, run.record.environment)),
        tuple(card for f, card in cards if stands(f)),
        tuple(card for f, card in cards if not stands(f)),
        first,
        (*plots, *shown),
        (*fit.notes, *sampled(case)),
        () if shown else tuple(_worst_rows(case)),
    )


def _ending(run: StoredRun, fit: FitRecord) -> str:
    if fit.status == "running":
        return " so far" if is_going_on(run) else ", never seen to end"
    return "" if fit.status in ("finished", "audited") else f", {fit.status}"


def _facts(case: Case, environment: EnvironmentRecord) -> Iterator[tuple[str, str]]:
    fit = case.fit
    if case.is_audit:
        yield "rows", audit_rows(fit)
        yield from (("input", described(seen)) for seen in case.inputs())
        return
    yield "place", shown_location(fit.location) or "not known"
    rows = f"{count(fit.train.rows)} for training"
    if fit.validation is not None:
        rows += f", {count(fit.validation.rows)} for validation"
    yield "rows", rows
    for seen in case.inputs():
        yield "input", described(seen)
    yield "model", f"{fit.model.name}, {fit.model.parameters:,} parameters"
    backend = " ".join(p for p in (environment.backend, environment.backend_version) if p)
    yield "Keras", f"{environment.keras or '?'} on {backend or '?'}, Python {environment.python}"
    if fit.epochs:
        logs = fit.epochs[-1].logs.items()
        yield "last epoch", ", ".join(f"{n} {figure(v)}" for n, v in logs if finite(v))
    if fit.error:
        yield "error", fit.error.splitlines()[0]


def card_of(
    finding: Finding, trials: tuple[TrialRecord, ...] = (), change: Shown | None = None
) -> Card:
    """Gives back the card of a finding, with the trials of its fit and a change if told."""
    location = shown_location(finding.location) or ""
    place = ", ".join(part for part in (location, finding.scope.layer) if part)
    doubt = "" if finding.status == "confirmed" else finding.status
    made = finding.experiment
    return Card(
        finding, place, doubt, finding.evidence, effect.draw(finding),
        tuple(_experiment(made)) if made else (),
        tuple(_trials(made, trials)) if made and made.of == "fits" else (),
        change or example_of(finding),
    )  # fmt: skip


def _experiment(made: Experiment) -> Iterator[tuple[str, str]]:
    yield "experiment", made.name
    yield "varied", made.varied
    yield "held", made.held
    if made.pairs:
        yield ("pairs of fits" if made.of == "fits" else "rows"), count(made.pairs)
    if finite(made.before) and finite(made.after):
        yield "before and after", f"{figure(made.before)} and {figure(made.after)}"
    if finite(made.effect):
        between = ""
        if finite(made.low) and finite(made.high):
            between = f", 95 % interval {signed(made.low)} to {signed(made.high)}"
        yield "effect", f"{signed(made.effect)}{between}"
    if made.excluded:
        yield "excluded", ", ".join(made.excluded)
    if made.proxy:
        yield "shortened", made.proxy
    if made.reason:
        yield "verdict", made.reason


def _trials(made: Experiment, trials: tuple[TrialRecord, ...]) -> Iterator[tuple[str, ...]]:
    """The head of a table and a line a trial: those with the thing varied, and those without."""
    own = [t for t in trials if t.arm in (made.name, PATIENT)]
    if not any(t.arm == made.name for t in own):
        return
    yield "trial", "seed", "epochs", "skill", "loss", "seconds", "error"
    for t in sorted(own, key=lambda t: (t.seed, t.arm != PATIENT)):
        yield (
            "as it is" if t.arm == PATIENT else t.arm, str(t.seed), f"{t.epochs} of {t.of_epochs}",
            figure(t.score), figure(t.loss), f"{t.seconds:,.0f}", t.error or "",
        )  # fmt: skip


def _worst_rows(case: Case) -> Iterator[str]:
    for made in case.predictions():
        if made.worst_rows:
            named = f"{made.output}: " if len(case.predictions()) > 1 else ""
            yield named + ", ".join(map(str, made.worst_rows))


def context_of(run: StoredRun) -> tuple[tuple[str, str], ...]:
    """Gives back what was run, and with what, in pairs of label and text."""
    record = run.record
    script = shown_path(record.target.script) if record.target.script else "no script"
    found = [
        ("data" if is_audit(run) else "script", " ".join((script, *record.target.args))),
        ("commit", record.target.commit or ""),
        ("run", record.id),
        ("when", record.created),
        ("ended", _ended(run)),
        ("machine", f"{record.environment.platform}, {record.environment.cpus} cores"),
        ("valgap", record.environment.valgap or ""),
    ]
    return tuple((label, text) for label, text in found if text)


def _ended(run: StoredRun) -> str:
    if run.record.status != "running":
        return run.record.status
    return "not yet: it is going on" if is_going_on(run) else "not seen to end"
