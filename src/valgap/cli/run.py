"""`valgap run`: the user's script under observation, and a report at its end."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import (
    Action,
    budget_option,
    output_options,
    picking_options,
    root_option,
    rows_option,
)

EPILOG = """What follows SCRIPT belongs to the script. [tool.valgap] in the pyproject.toml of
the working folder sets select, ignore, fail-on and rows. FILE.npz holds train_groups and
validation_groups (which rows are of one clip, subject or recording), train_subclass and
validation_subclass, or either, one label a row in the order in which fit is given them; the
script may write it."""


@click.command(context_settings={"allow_interspersed_args": False}, epilog=EPILOG)
@click.option("-m", "as_module", is_flag=True, help="SCRIPT is a module, as in python -m.")
@output_options
@root_option
@rows_option
@budget_option("half of the fit, at most 2m")
@click.option("--no-ledger", is_flag=True, help="Watch only: draw up no ledger.")
@click.option("--ledger-only", is_flag=True, help="Measure nothing of rows and model beside it.")
@click.option("--no-recipe", is_flag=True, help="Write no rows: no fit can be made again.")
@click.option(
    "--known",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.npz",
    help="Of each row its group and sub-class: see below.",
)
@picking_options
@click.option("--resume", metavar="RUN", help="Go on where RUN was stopped: a path or an id.")
@click.option(
    "--include-samples",
    is_flag=True,
    help="Keep and show the rows most confidently wrong, as pictures or series.",
)
@click.option("--mlflow", is_flag=True, help="Log findings and ledger to the active MLflow run.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of our own on stderr.")
@click.argument("script")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def run(**options: Any) -> Action:
    """Run SCRIPT as if valgap were not there, and report at the end."""
    from valgap.cli.watched import Order, carry_out

    return partial(carry_out, Order(**options))
