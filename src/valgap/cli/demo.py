"""`valgap demo`: one of the five set-ups under observation, and its author's question answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from valgap.cli.options import Action, budget_option, output_options, root_option

if TYPE_CHECKING:
    from valgap.cases.system import System
    from valgap.cli.desk import Desk
    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis

DEFAULT_SECONDS = 60.0
# Known without loading them, and NumPy with them, before the script has begun.
CASES = (
    *("overfit-sequences", "plateau-attention", "coin-toss-defects", "diverging-confidence"),
    "volatile-frames",
)


@click.command()
@click.option("--real/--planted", "real", default=False, help="Which data. [planted]")
@click.option("--fixed", is_flag=True, help="The same script with its causes taken away.")
@budget_option("1m")
@output_options
@root_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of our own on stderr.")
@click.argument("case", type=click.Choice(CASES))
def demo(case: str, *, real: bool, fixed: bool, **options: Any) -> Action:
    """Run one of the five CASES that valgap exists for, in three minutes at most."""
    return partial(_shown, case, real, fixed, options)


def _shown(case: str, real: bool, fixed: bool, options: dict[str, Any]) -> int:
    from valgap.cases.system import Form, systems
    from valgap.cli.file import root_folder
    from valgap.cli.watched import Order, carry_out

    system = systems()[case]
    form: Form = "real" if real else "planted"
    if options["budget"] is None:
        options["budget"] = DEFAULT_SECONDS
    known = root_folder(options["root"]) / f"{case}-known.npz"
    known.parent.mkdir(parents=True, exist_ok=True)
    args = system.args(form, fixed=fixed, known=known)
    told = known if form in system.known else None
    order = Order(script=str(system.path), args=args, known=told, **options)
    return carry_out(order, then=partial(_answered, system))


def _answered(system: System, _: StoredRun, diagnosis: Diagnosis, desk: Desk) -> None:
    from valgap.cases.answering import write_answer

    if desk.form == "full":
        desk.hand_over_page(lambda console: write_answer(system, diagnosis, console))
