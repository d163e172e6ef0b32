"""Writes the pages that are made from the code: checks, remedies, experiments, commands.

python docs/catalogue.py        # part of `make docs`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import click

from valgap.cli.checks import anchor_of
from valgap.cli.checks import pages as checks
from valgap.cli.main import cli
from valgap.experiments.arms import Trainable, load_experiments
from valgap.registry import load_checks
from valgap.remedies.base import Remedy, load_remedies

HERE = Path(__file__).parent
MADE = "Written by `make docs` from the code itself."
ROOMS = {"model": "The model", "data": "The data", "compile": "Compile", "fit": "The fit"}
_LABEL = re.compile(r"^(What [a-z ]+|When it helps|References):|(What refutes):", re.M)


def main() -> None:
    """Writes all pages."""
    for name, made in PAGES.items():
        (HERE / name).write_text(made(), encoding="utf-8")


def remedies() -> str:
    """Gives the page of the remedies, by what they change, placebos last."""
    found = load_remedies()
    parts = [
        f"# Remedies\n\n{MADE} `valgap treat` tries them; [how it does](statistics.md#treat). "
        "Those that are not safe take knowledge of the data, and race with `--unsafe` only."
    ]
    for room, title in ROOMS.items():
        own = [r for r in found if r.room == room and not r.placebo]
        parts += [f"## {title}", *(_remedy(r) for r in own)]
    placebos = (_remedy(r) for r in found if r.placebo)
    parts += ["## Placebos", "They change nothing that matters, and race beside.", *placebos]
    return "\n\n".join(parts) + "\n"


def _remedy(remedy: Remedy) -> str:
    facts = {
        "changes": remedy.changed,
        "treats": _codes(remedy.treats),
        "ways": ", ".join(f"`{o}`" for o in remedy.options if o),
        "takes": "" if remedy.costs == 1 else f"{remedy.costs:g} times as long as a fit",
        "safe": "" if remedy.safe else "no",
        "not together with": ", ".join(sorted({*remedy.contains, *remedy.excludes})),
    }
    return _entry(remedy.name, facts, remedy.doc)


def experiments() -> str:
    """Gives the page of the experiments that train."""
    head = (
        f"# Experiments\n\n{MADE} `valgap confirm` makes them in pairs of fits; "
        "[how they are judged](statistics.md#verdicts). Those that take forward passes alone "
        "are part of every run and belong to [their check](checks.md)."
    )
    return "\n\n".join((head, *(_experiment(e) for e in load_experiments()))) + "\n"


def _experiment(made: Trainable) -> str:
    facts = {
        "settles": _codes(made.settles),
        "varied": made.varied,
        "held": made.held,
        "ways": ", ".join(f"`{o}`" for o in made.options if o),
        "takes": "" if made.costs == 1 else f"{made.costs:g} times as long as a fit",
    }
    return _entry(made.name, facts, made.doc, "##")


def _entry(name: str, facts: dict[str, str], doc: str, level: str = "###") -> str:
    told = "\n".join(f"- {label}: {fact}" for label, fact in facts.items() if fact)
    marked = _LABEL.sub(lambda m: f"**{m.group()}**", doc)
    return f"{level} {name}\n\n{marked}\n\n{told}"


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"[{code}](checks.md#{_anchors()[code]})" for code in codes)


@cache
def _anchors() -> dict[str, str]:
    return {check.code: anchor_of(check) for check in load_checks()}


def commands() -> str:
    """Gives the page of the commands: what `--help` prints of each."""
    whole = click.Context(cli, info_name="valgap", terminal_width=80)
    told = {name: click.Context(c, whole, name) for name, c in cli.commands.items()}
    parts = [f"## {name}\n\n{_help(context)}" for name, context in told.items()]
    return "\n\n".join((f"# Commands\n\n{MADE}\n\n{_help(whole)}", *parts)) + "\n"


def _help(context: click.Context) -> str:
    text = context.command.get_help(context)
    return "\n".join(("```text", *(line.rstrip() for line in text.splitlines()), "```"))


PAGES: dict[str, Callable[[], str]] = {
    "checks.md": checks,
    "remedies.md": remedies,
    "experiments.md": experiments,
    "commands.md": commands,
}

if __name__ == "__main__":
    main()
