"""`valgap checks`: the catalogue."""

from __future__ import annotations

from functools import partial

import click

from valgap.cli.options import Action

_HEAD = """# The checks of valgap

Written by `make docs` from the checks themselves; `valgap explain CODE` shows the same.
"""


@click.command()
@click.option("--markdown", is_flag=True, help="The pages of all checks, as Markdown.")
def checks(*, markdown: bool) -> Action:
    """List the checks: code, severity, name, what each looks for."""
    return partial(_pages if markdown else _list)


def _list() -> int:
    from valgap.registry import load_checks

    found = load_checks()
    width = max((len(check.name) for check in found), default=0)
    for check in found:
        click.echo(f"{check.code}  {check.severity:7}  {check.name:{width}}  {check.summary}")
    return 0


def _pages() -> int:
    click.echo(pages(), nl=False)
    return 0


def pages() -> str:
    """Gives back the pages of all checks as one Markdown text."""
    from valgap.registry import load_checks

    told = [f"## {c.code} {c.name}\n\n{c.severity}. {c.doc}\n" for c in load_checks()]
    return "\n".join((_HEAD, *told))
