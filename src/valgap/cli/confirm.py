"""`valgap confirm`: experiments on the suspected findings of a stored run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import (
    RECIPES,
    Action,
    Picks,
    budget_option,
    output_options,
    picking_options,
    root_option,
    trust_option,
)
from valgap.errors import UsageError

DEFAULT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Trial(Picks):
    """What `valgap confirm` was asked for; () is filled from pyproject.toml."""

    run: str | None
    codes: tuple[str, ...]
    budget: float | None
    quiet: bool
    form: str
    output: Path | None
    root: Path
    trust: bool


@click.command()
@budget_option("5m")
@output_options
@root_option
@picking_options
@trust_option("RUN", RECIPES)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of our own on stderr.")
@click.argument("run", required=False)
@click.argument("codes", nargs=-1)
def confirm(**options: Any) -> Action:
    """Prove the causes of RUN by experiments: CODES, or all that are suspected.

    The fit is made again in pairs, with and without the cause; the script is not run. Trials
    are kept in the run's folder and are not made twice.
    """
    return partial(_answer, Trial(**options))


def _answer(asked: Trial) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import known_form
    from valgap.cli.file import writable
    from valgap.cli.picking import picked
    from valgap.cli.proving import proved
    from valgap.config import read_config
    from valgap.evidence.store import find_run, load_run

    picking = picked(read_config(Path.cwd()), asked)
    output = None if asked.output is None else writable(asked.output)
    desk = Desk(known_form(asked.form), output, asked.quiet)
    name, codes = _meant(asked.run, asked.codes)
    run = load_run(find_run(asked.root, name))
    seconds = DEFAULT_SECONDS if asked.budget is None else asked.budget
    run = proved(run, desk, seconds=seconds, codes=codes, trust=asked.trust)
    diagnosis = picking.diagnose(run)
    desk.hand_over(run, diagnosis)
    return picking.status(diagnosis)


def _meant(run: str | None, words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The run, None for the newest, and the codes: the first word may be one of these."""
    from valgap.registry import load_checks

    checks = load_checks()
    codes = {c.code: c.code for c in checks} | {c.name.upper(): c.code for c in checks}
    if run is not None and run.upper() in codes:
        words, run = (run, *words), None
    unknown = [word for word in words if word.upper() not in codes]
    if unknown:
        raise UsageError(f"no check {', '.join(unknown)}: see `valgap checks`")
    return run, tuple(codes[word.upper()] for word in words)
