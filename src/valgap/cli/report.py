"""`valgap report`: a stored run once more, in any form, without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import Action, Picks, output_options, picking_options, root_option


@dataclass(frozen=True, slots=True)
class Wish(Picks):
    """What `valgap report` was asked for; () is filled from pyproject.toml."""

    run: str | None
    form: str
    output: Path | None
    root: Path


@click.command()
@output_options
@root_option
@picking_options
@click.argument("run", required=False)
def report(**options: Any) -> Action:
    """Draw the report of RUN again: an id, the start of one or a path; else the newest."""
    return partial(_draw, Wish(**options))


def _draw(wish: Wish) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import known_form
    from valgap.cli.file import writable
    from valgap.cli.picking import picked
    from valgap.config import read_config
    from valgap.evidence.store import find_run, load_run

    picking = picked(read_config(Path.cwd()), wish)
    desk = Desk(known_form(wish.form), None if wish.output is None else writable(wish.output))
    run = load_run(find_run(wish.root, wish.run))
    diagnosis = picking.diagnose(run)
    desk.hand_over(run, diagnosis)
    return picking.status(diagnosis)
