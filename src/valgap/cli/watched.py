"""What `valgap run` does, in order: check, watch, run, draw up, diagnose, report."""

from __future__ import annotations

import dataclasses
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.cli.desk import Desk
from valgap.cli.drawing import known_form
from valgap.cli.file import readable_later, root_folder, writable
from valgap.cli.options import Picks
from valgap.cli.picking import Picking, picked
from valgap.cli.resuming import stopped
from valgap.cli.watching import Watching
from valgap.config import read_config
from valgap.errors import OwnFailureError, UsageError
from valgap.evidence.records import TargetRecord
from valgap.evidence.whole import is_of_the_disk
from valgap.observe.commit import commit_of
from valgap.observe.program import read_program
from valgap.observe.script import Outcome, run_script
from valgap.report.give_back.giving import Giving

if TYPE_CHECKING:
    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis

    Then = Callable[[StoredRun, Diagnosis, Desk], None]

DEFAULT_ROWS = 1000
# Experiments may take half of the time of the fits, and two minutes at most, unless told.
SHARE_OF_FIT, MOST_SECONDS = 0.5, 120.0


@dataclass(frozen=True, slots=True)
class Order(Picks):
    """What `valgap run` was asked for; None and () are filled from pyproject.toml."""

    script: str
    args: tuple[str, ...] = ()
    as_module: bool = False
    form: str = "full"
    output: Path | None = None
    root: Path = Path(".valgap")
    rows: int | None = None
    no_ledger: bool = False
    ledger_only: bool = False
    quiet: bool = False
    no_recipe: bool = False
    budget: float | None = None
    resume: str | None = None
    known: Path | None = None
    mlflow: bool = False
    include_samples: bool = False


def carry_out(order: Order, then: Then = lambda *_: None) -> int:
    """Runs the script under observation and reports on it.

    Args:
        order: what is asked for.
        then: is given run, diagnosis and desk once the report has been handed over.

    Returns:
        The script's own exit status if it is not 0, else ours.

    Raises:
        UsageError: if something asked for cannot be; nothing has been run or written then.
        KeyboardInterrupt: if the script ended by Ctrl+C, after the report.
    """
    process = os.getpid()
    config = read_config(Path.cwd())
    picking = picked(config, order)
    order = _checked(dataclasses.replace(order, rows=order.rows or config.rows or DEFAULT_ROWS))
    program = read_program(order.script, order.args, as_module=order.as_module)
    desk = Desk(order.form, order.output, order.quiet)
    giving = Giving(mlflow=order.mlflow).possible(desk.complain)
    watching = _watching(order, desk)
    watching.install()
    outcome = run_script(program)
    status = 0
    if os.getpid() == process:  # a child that the script forked ends as the script does
        status = _conclude(order, (picking, _given(giving, then)), watching, desk, outcome)
    if outcome.interrupted:
        raise KeyboardInterrupt
    return outcome.exit_status or status


def _conclude(
    order: Order, end: tuple[Picking, Then], watching: Watching, desk: Desk, outcome: Outcome
) -> int:
    """Reports; our own faults are shown, and rule the exit status only where it is 0."""
    try:
        return _report(order, end, watching, desk, outcome)
    except KeyboardInterrupt:
        desk.complain("interrupted; `valgap report` shows what there is")
        if outcome.exit_status:
            return outcome.exit_status
        raise
    except UsageError as error:
        desk.complain(str(error))
        return error.exit_status
    except Exception as error:
        if is_of_the_disk(error):
            told = error.strerror or error
            desk.complain(f"cannot keep the run in {order.root}: {told}; make room, or give --root")
            return UsageError.exit_status
        desk.err.say(traceback.format_exc())
        desk.complain(
            f"a fault of valgap itself: {type(error).__name__}; what was seen is in {order.root}"
        )
        return OwnFailureError.exit_status


def _report(
    order: Order, end: tuple[Picking, Then], watching: Watching, desk: Desk, outcome: Outcome
) -> int:
    picking, then = end
    run = watching.finish(outcome)
    if run is None:
        desk.note("; ".join(watching.notes) or "no call of fit was seen; nothing to report")
        return 0
    if not outcome.interrupted:
        run = _tested(order, run, desk)
    diagnosis = picking.diagnose(run)
    desk.hand_over(run, diagnosis)
    then(run, diagnosis, desk)
    desk.note(f"kept in {_as_short(run.path)}; `valgap report` draws it again")
    return picking.status(diagnosis)


def _given(giving: Giving, then: Then) -> Then:
    """What follows the report: to give it back, and whatever else was asked for."""

    def given(run: StoredRun, diagnosis: Diagnosis, desk: Desk) -> None:
        giving.give(run, diagnosis, desk.note, desk.complain)
        then(run, diagnosis, desk)

    return given


def _tested(order: Order, run: StoredRun, desk: Desk) -> StoredRun:
    """The run with what experiments say of it, as far as the budget goes."""
    seconds = order.budget
    if seconds is None:
        seconds = min(MOST_SECONDS, SHARE_OF_FIT * sum(fit.seconds for fit in run.fits))
    # NumPy comes with it, and is not to be there before the script.
    from valgap.cli.proving import proved
    from valgap.confirming import LEAST_SECONDS

    return run if seconds < LEAST_SECONDS else proved(run, desk, seconds=seconds)


def _checked(order: Order) -> Order:
    """Whole paths, as the script may change the folder; raises where one cannot be used."""
    return dataclasses.replace(
        order,
        form=known_form(order.form),
        root=root_folder(order.root),
        output=None if order.output is None else writable(order.output),
        known=None if order.known is None else readable_later(order.known),
    )


def _watching(order: Order, desk: Desk) -> Watching:
    return Watching(
        TargetRecord(order.script, order.args, commit=commit_of(order.script)),
        root=order.root,
        rows=order.rows or DEFAULT_ROWS,
        draw_ledger=not order.no_ledger,
        probe=not order.ledger_only,
        recipe=not order.no_recipe,
        samples=order.include_samples,
        progress=desk.note,
        known=order.known,
        resume=None if order.resume is None else stopped(order.root, order.resume, order.script),
    )


def _as_short(path: Path) -> Path:
    """The path from the folder we are in, which the script may have left or deleted."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path
