"""`valgap read`: what can be said of a fit from its log alone, without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import Action, output_options

FORMS = ("full", "json", "markdown")


@dataclass(frozen=True, slots=True)
class Asked:
    """What `valgap read` was asked for."""

    logs: tuple[str, ...]
    rows: int | None
    form: str
    output: Path | None


@click.command()
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help="Validation rows: tells the sampling error of an accuracy.",
)
@output_options
@click.argument("logs", nargs=-1, metavar="LOG...")
def read(**options: Any) -> Action:
    """Say what a log can tell, and what it cannot.

    LOG is a file, a folder, - for standard input, or mlflow:RUN_ID. Read are the CSV of
    Keras' CSVLogger, of Lightning and of W&B, a history as JSON, JSON Lines,
    trainer_state.json, TensorBoard events (extra tensorboard), MLflow's folders, and what
    Keras prints while it trains, as pasted.
    """
    return partial(_read, Asked(**options))


def _read(asked: Asked) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import one_of
    from valgap.cli.file import writable
    from valgap.errors import UsageError
    from valgap.observe.logs.find import find_logs
    from valgap.reading.read import read as read_log

    form = one_of(asked.form, FORMS)
    if not asked.logs:
        raise UsageError("expected a log: a file, a folder, or - for standard input")
    desk = Desk(form, None if asked.output is None else writable(asked.output))
    found = find_logs(asked.logs)
    readings = [read_log(log, asked.rows) for log in found.logs]
    draw = _drawer(form)
    desk.hand_over_page(lambda console: draw(readings, found.notes, console))
    return 0


def _drawer(form: str) -> Any:
    if form == "json":
        from valgap.report.reading_json import write

        return write
    if form == "markdown":
        from valgap.report.reading_markdown import write as write_markdown

        return write_markdown
    from valgap.report.reading import render

    return render
