"""Puts the suspected findings of a stored run to the test, within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.checks.outcome import outcome
from valgap.errors import UsageError
from valgap.evidence.records import FitRecord
from valgap.evidence.store import StoredRun, load_run
from valgap.evidence.trials import TrialRecord
from valgap.evidence.verdicts import VerdictRecord, merged, read_verdicts, write_verdicts
from valgap.finding import Finding
from valgap.registry import case_of, diagnose

if TYPE_CHECKING:
    from valgap.experiments.lab import Lab

# A worker needs some five seconds to import Keras, and a pair two trials.
LEAST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The run with its verdicts, and what stood in the way of more."""

    run: StoredRun
    notes: tuple[str, ...] = ()


def confirm(
    run: StoredRun,
    codes: Sequence[str] = (),
    *,
    seconds: float,
    progress: Callable[[str], None] = lambda _: None,
    trust: bool = False,
) -> Confirmed:
    """Makes experiments on the suspected findings of a run and keeps what they say.

    Ctrl+C ends the experiments; what was found by then is kept.

    Args:
        run: the run as stored.
        codes: codes or names of the findings to test; those suspected if there are none.
        seconds: how long it may take.
        progress: is told what is being done, and the time left.
        trust: whether to read recipes that others made, which are pickles.

    Raises:
        UsageError: if a finding is not there, or a recipe is of others.
    """
    until, notes, made = time.monotonic() + seconds, list[str](), list[VerdictRecord]()
    findings = diagnose(run).findings
    for fit in _worth_it(run, findings, codes):
        own = [f for f in findings if f.fit == fit.id]
        left = until - time.monotonic()
        if left < LEAST_SECONDS:
            notes.append(f"no time for fit {fit.id + 1}")
            break
        if fit.recipe is None:
            notes.append(f"fit {fit.id + 1} cannot be made again: {missing(fit)}")
            continue
        lab = lab_of(run, fit, trust=trust)
        lab.until = until
        lab.on_trial = lambda trial: progress(trial_line(trial.arm, trial, until))
        try:
            notes += _tested(run, fit, lab, (own, codes), made)
        except KeyboardInterrupt:
            notes.append("interrupted: what was found by then is kept")
            break
    stored = load_run(run.path)  # without those that could not be written
    return Confirmed(replace(stored, verdicts=merged(stored.verdicts, made)), tuple(notes))


def _worth_it(run: StoredRun, findings: Sequence[Finding], codes: Sequence[str]) -> list[FitRecord]:
    """The fits with something to test, that of the first finding first."""
    asked = [f for f in findings if not codes or f.code in codes or f.name in codes]
    if codes and not asked:
        raise UsageError(f"no finding {', '.join(codes)} in this run: see `valgap report`")
    order = dict.fromkeys(f.fit for f in asked if codes or f.status == "suspected")
    return [fit for number in order for fit in run.fits if fit.id == number]


def missing(fit: FitRecord) -> str:
    """Gives back why a fit without a recipe cannot be made again."""
    return fit.not_rebuilt or "it was recorded without what that takes (by an older valgap?)"


def lab_of(run: StoredRun, fit: FitRecord, *, trust: bool = False) -> Lab:
    """Gives back the lab of a fit that has a recipe; its trials are kept beside the fit."""
    from valgap.experiments.lab import Lab

    folder = _folder(run, fit)
    backend = run.record.environment.backend or "tensorflow"
    recipe = folder / str(fit.recipe)
    return Lab(recipe, folder, backend, _epochs(fit), takes=fit.seconds, trust=trust)


def _tested(
    run: StoredRun,
    fit: FitRecord,
    lab: Lab,
    asked: tuple[Sequence[Finding], Sequence[str]],
    made: list[VerdictRecord],
) -> list[str]:
    """Makes the experiments on one fit, adds to `made`; gives back what stood in their way."""
    from valgap.experiments.arms import load_experiments
    from valgap.experiments.inquiry import Inquiry

    try:
        reach, recorded = reach_of(run, fit), _came_to(run, fit)
        inquiry = Inquiry(lab, load_experiments(), lab.until, reach, recorded)
        made.extend(inquiry.verdicts(*asked))  # as far as it comes, should it be interrupted
        if not inquiry.tests:
            lab.notes.append(f"no experiment settles {_codes_of(*asked)}")
    finally:
        lab.close()
        _keep(run, fit, [v for v in made if v.fit == fit.id], lab.notes)
    return lab.notes


def _came_to(run: StoredRun, fit: FitRecord) -> float | None:
    """The skill of the recorded fit at its end; None where a callback put other weights back."""
    if any(c.settings.get("restore_best_weights") for c in fit.callbacks):
        return None
    came_to = outcome(case_of(run, fit)).validation
    return None if came_to is None else max(0.0, came_to.value)


def _codes_of(findings: Sequence[Finding], codes: Sequence[str]) -> str:
    asked = (f for f in findings if f.status == "suspected" or codes)
    return ", ".join(dict.fromkeys(f.code for f in asked if not codes or f.code in codes))


def _keep(run: StoredRun, fit: FitRecord, made: list[VerdictRecord], notes: list[str]) -> None:
    if not made:
        return
    folder = _folder(run, fit)
    try:
        # As they are by now: another process may have tested other findings meanwhile.
        write_verdicts(folder, fit.id, merged(read_verdicts(folder), made))
    except OSError as error:
        notes.append(f"verdicts cannot be kept: {error.strerror or error}")


def _folder(run: StoredRun, fit: FitRecord) -> Path:
    return run.path.absolute() / "fits" / str(fit.id)


def _epochs(fit: FitRecord) -> int:
    """How many epochs were asked for, which early stopping may have cut short."""
    asked, first = (fit.arguments.get(name, "") for name in ("epochs", "initial_epoch"))
    if asked.isdecimal() and first.isdecimal() and int(asked) > int(first):
        return int(asked) - int(first)
    return int(asked) if asked.isdecimal() else max(1, len(fit.epochs))


def reach_of(run: StoredRun, fit: FitRecord) -> float | None:
    """Gives back the skill that a cheap reference shows can be had, None where none was made."""
    reference = outcome(case_of(run, fit)).reference
    return None if reference is None else reference.value


def trial_line(what: str, trial: TrialRecord, until: float) -> str:
    """Gives back what is shown of a trial that was made, with the time left."""
    left = max(0, round(until - time.monotonic()))
    failed = f", failed: {trial.error}" if trial.error else ""
    return f"{what}, seed {trial.seed}: {trial.seconds:.0f} s{failed}; {left} s left"
