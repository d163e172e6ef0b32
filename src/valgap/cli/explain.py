"""`valgap explain`: the page of one check."""

from __future__ import annotations

from functools import partial

import click

from valgap.cli.options import Action


@click.command()
@click.argument("check", metavar="CODE|NAME")
def explain(check: str) -> Action:
    """Say what a check looks for, why it matters and what to do."""
    return partial(_show, check)


def _show(text: str) -> int:
    from valgap.cli.catalogue import check_called

    found = check_called(text)
    click.echo(f"{found.code} {found.name} ({found.severity})\n\n{found.doc}")
    return 0
