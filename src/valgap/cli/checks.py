"""`valgap checks`: the catalogue."""

from __future__ import annotations

import click

from valgap.cli.options import Action


@click.command()
def checks() -> Action:
    """List the checks: code, severity, name, what each looks for."""
    return _list


def _list() -> int:
    from valgap.registry import load_checks

    found = load_checks()
    width = max((len(check.name) for check in found), default=0)
    for check in found:
        click.echo(f"{check.code}  {check.severity:7}  {check.name:{width}}  {check.summary}")
    return 0
