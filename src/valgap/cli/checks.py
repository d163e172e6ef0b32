"""`valgap checks`: the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from valgap.cli.options import Action

if TYPE_CHECKING:
    from valgap.registry import Check

_HEAD = """# The checks of valgap

Written by `make docs` from the checks themselves; `valgap explain CODE` shows the same.
"""
_FAMILIES = {
    "DAT": "Data and their split",
    "MOD": "Model",
    "FIT": "Fit",
    "EVL": "Evaluation",
    "CUR": "Curves",
}
_LABEL = re.compile(r"^(What [a-z ]+|Why it matters|References):", re.M)


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
    """Gives back the pages of all checks as one Markdown text, a table before each family."""
    from valgap.registry import load_checks

    found = load_checks()
    parts = [_HEAD]
    for family, title in _FAMILIES.items():
        own = [c for c in found if c.family == family]
        parts += [f"## {title} ({family})\n", *_table(own)]
        parts += [f"\n### {c.code} {c.name}\n\n{c.severity}. {_marked(c.doc)}\n" for c in own]
    return "\n".join(parts)


def anchor_of(check: Check) -> str:
    """Gives back the name by which links lead to a check within its page."""
    return f"{check.code}-{check.name}".lower()


def _table(checks: list[Check]) -> Iterator[str]:
    yield "| code | severity | what it looks for |\n|---|---|---|"
    for c in checks:
        yield f"| [{c.code} {c.name}](#{anchor_of(c)}) | {c.severity} | {c.summary} |"


def _marked(doc: str) -> str:
    """The documentation of a check with the labels of its parts in bold."""
    return _LABEL.sub(r"**\1:**", doc)
