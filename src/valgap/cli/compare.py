"""`valgap compare`: did a change help? Two recorded runs or scripts, in pairs over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import (
    RECIPES,
    Action,
    budget_option,
    output_options,
    root_option,
    trust_option,
)

DEFAULT_SECONDS = 600.0
FORMS = ("full", "json")


@dataclass(frozen=True, slots=True)
class Question:
    """What `valgap compare` was asked for."""

    runs: tuple[str, ...]
    pairs: int | None
    budget: float | None
    quiet: bool
    form: str
    output: Path | None
    root: Path
    trust: bool


@click.command()
@click.option(
    "--pairs",
    type=click.IntRange(0),
    metavar="N",
    help="Make both fits again with N seeds; 0: by what is on record. [6, where it can be done]",
)
@budget_option("10m")
@output_options
@root_option
@trust_option("a run", RECIPES)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of our own on stderr.")
@click.argument("runs", nargs=-1, metavar="A B [C ...]")
def compare(**options: Any) -> Action:
    """Tell whether a change helped: B, C, ... against A, each a recorded run or a script.

    The answer is yes, no, or cannot tell and what it takes. A script is run once, to record
    it; from then on the last fit of each is made again with the same seeds on both sides.
    Trials are kept in the run's folder and are not made twice.
    """
    return partial(_answer, Question(**options))


def _answer(asked: Question) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import one_of
    from valgap.cli.file import writable
    from valgap.cli.recording import refuse_missing, run_of
    from valgap.comparing import compare as compared
    from valgap.errors import UsageError
    from valgap.evidence.store import load_run
    from valgap.report.comparison import render
    from valgap.report.comparison_json import write

    form = one_of(asked.form, FORMS)
    if len(asked.runs) < 2:
        received = asked.runs[0] if asked.runs else "none"
        raise UsageError(f"expected two runs or scripts to compare, received {received}")
    refuse_missing(asked.runs, asked.root)
    output = None if asked.output is None else writable(asked.output)
    desk = Desk(form, output, asked.quiet)
    runs = [load_run(run_of(name, asked.root, desk.note)) for name in asked.runs]
    seconds = DEFAULT_SECONDS if asked.budget is None else asked.budget
    made = compared(
        runs, pairs=asked.pairs, seconds=seconds, progress=desk.progress, trust=asked.trust
    )
    desk.end_progress()
    draw = write if form == "json" else render
    desk.hand_over_page(lambda console: draw(made, console))
    return 0
