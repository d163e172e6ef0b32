"""`valgap report`: a stored run once more, in any form, without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import Action, output_options, picking_options, root_option


@dataclass(frozen=True, slots=True)
class Wish:
    """What `valgap report` was asked for; () is filled from pyproject.toml."""

    run: str | None
    form: str
    output: Path | None
    root: Path
    select: tuple[str, ...]
    ignore: tuple[str, ...]


@click.command()
@output_options
@root_option
@picking_options
@click.argument("run", required=False)
def report(**options: Any) -> Action:
    """Draw the report of RUN again: an id, the start of one or a path; else the newest."""
    return partial(_draw, Wish(**options))


def _draw(wish: Wish) -> int:
    from valgap.cli.catalogue import refuse_unknown
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import known_form
    from valgap.cli.file import writable
    from valgap.config import read_config
    from valgap.evidence.store import find_run, load_run
    from valgap.registry import diagnose

    config = read_config(Path.cwd())
    select, ignore = wish.select or config.select, wish.ignore or config.ignore
    refuse_unknown((*select, *ignore))
    desk = Desk(known_form(wish.form), None if wish.output is None else writable(wish.output))
    run = load_run(find_run(wish.root, wish.run))
    desk.hand_over(run, diagnose(run, select, ignore))
    return 0
