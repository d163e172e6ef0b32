"""`valgap treat`: what helps a recorded fit, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valgap.cli.options import RECIPES, Action, budget_option, root_option, trust_option
from valgap.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from valgap.cli.desk import Desk
    from valgap.treatment.budget import Budget
    from valgap.treatment.events import Event


# Ends of names that `-o` means the report by, as of other commands; else it means a folder.
_FILES = (".html", ".json", ".txt")


@dataclass(frozen=True, slots=True)
class Order:
    """What `valgap treat` was asked for."""

    run: str | None
    budget: float | None
    trials: int | None
    metric: str | None
    seed: int
    unsafe: bool
    resume: bool
    storage: str | None
    engine: str
    cores: int | None
    gpus: float | None
    form: str
    output: Path | None
    quiet: bool
    root: Path
    trust: bool


@click.command()
@budget_option("20m")
@click.option("--trials", type=click.IntRange(1), metavar="N", help="A budget of N trials.")
@click.option("--metric", metavar="NAME", help="To go by. [balanced_accuracy, or r2]")
@click.option(
    "--seed", type=click.IntRange(0, 9999), default=0, metavar="N", help="Of all draws. [0]"
)
@click.option("--unsafe", is_flag=True, help="Try flips too: you know that labels stand them.")
@click.option("--resume", is_flag=True, help="Go on with the trials of the last study.")
@click.option("--storage", metavar="URL", help="Of Optuna, for trials. [a file beside the run]")
@click.option(
    "--engine",
    default="local",
    metavar="NAME",
    help="Of trials: local, ray, or ray://HOST:PORT for many machines. [local]",
)
@click.option("--cores-per-trial", "cores", type=click.IntRange(1), metavar="N", help="On Ray. [1]")
@click.option("--gpus-per-trial", "gpus", type=float, metavar="N", help="On Ray: 1, or 0.5. [0]")
@click.option("--format", "form", default="full", help="Of the report: full, html, json. [full]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="For page, model and script; or FILE.html, .json, .txt for the report. [beside the run]",
)
@root_option
@trust_option("RUN", RECIPES)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of our own on stderr.")
@click.argument("run", required=False, metavar="RUN_OR_SCRIPT")
def treat(**options: Any) -> Action:
    """Find what helps: RUN, the newest if there is none, or a script that is run first.

    Some rows are locked away; remedies race in pairs on the others, beside placebos; those that
    win are confirmed on rows and seeds that chose nothing; the locked rows are looked at once.
    """
    return partial(_answer, Order(**options))


def _answer(asked: Order) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import one_of
    from valgap.cli.recording import refuse_missing
    from valgap.evidence.store import load_run
    from valgap.report.treatment import render
    from valgap.treating import treat
    from valgap.treatment.engines.choice import Choice
    from valgap.treatment.wishes import Wishes

    form = one_of(asked.form, ("full", "html", "json"))
    budget, engine = _budget(asked), Choice(asked.engine, asked.cores, asked.gpus)
    if asked.run is not None:
        refuse_missing([asked.run], asked.root)
    file, folder = _output(asked.output)
    desk = Desk(form, file, asked.quiet)
    run = load_run(_run(asked, desk))
    wishes = Wishes(
        budget, asked.metric, None, asked.seed, asked.unsafe, asked.resume, asked.storage,
        folder, engine, asked.trust,
    )  # fmt: skip
    made = treat(run, wishes, partial(_told, desk))
    desk.end_progress()
    if form == "full":
        desk.hand_over_page(partial(render, made.treatment, made.folder, made.notes))
        return 0
    for note in made.notes:
        desk.note(note)
    text = (made.folder / f"treatment.{form}").read_text(encoding="utf-8")
    desk.hand_over_page(lambda console: _write(console, text))
    return 0


def _run(asked: Order, desk: Desk) -> Path:
    """The folder of the run; a script is recorded, unless a study of it is to be gone on with."""
    from valgap.cli.recording import is_script, run_of
    from valgap.cli.resuming import last_studied
    from valgap.evidence.store import find_run
    from valgap.treatment.naming import last_worked_at

    if asked.run is None:
        return find_run(asked.root, None)
    if asked.resume and is_script(asked.run):
        worked_at = partial(last_worked_at, metric=asked.metric, seed=asked.seed)
        found = last_studied(asked.root, asked.run, worked_at)
        if found is not None:
            desk.note(f"going on with run {found.name} of {asked.run}, which is not run again")
            return found
    return run_of(asked.run, asked.root, desk.note)


def _output(asked: Path | None) -> tuple[Path | None, Path | None]:
    """The file that the report goes to, and the folder of results: `-o` names one of them."""
    from valgap.cli.file import writable

    if asked is None:
        return None, None
    return (writable(asked), None) if asked.suffix in _FILES else (None, asked.absolute())


def _write(console: Console, text: str) -> None:
    console.file.write(text)


def _budget(asked: Order) -> Budget:
    from valgap.treatment.budget import budget_of

    if asked.trials is not None and asked.budget is not None:
        raise UsageError("expected --budget or --trials, received both")
    return budget_of(asked.trials, asked.budget)


def _told(desk: Desk, event: Event) -> None:
    from valgap.treatment.events import PhaseBegan, Tried
    from valgap.wording import figure, plural

    if isinstance(event, PhaseBegan):
        desk.progress(f"{event.phase}: {plural(event.jobs, 'trial')}")
    elif isinstance(event, Tried) and not event.is_kept:
        job = event.result.job
        came = event.result.error or f"{figure(event.result.score, 3)}"
        desk.progress(f"{job.phase}: {' + '.join(job.arms) or 'patient'}: {came}")
