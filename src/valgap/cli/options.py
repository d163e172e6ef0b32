"""Options that more than one command takes, and what a command gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from valgap.config import parse_rows, parse_seconds

Action = Callable[[], int]
Command = TypeVar("Command", bound=Callable[..., Action])

OF_SUFFIX = {".html": "html", ".json": "json", ".md": "markdown", ".sarif": "sarif"}
"""The form of a report by the suffix of its file, where none is asked for."""


def _codes(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip() for text in texts for code in text.split(",") if code.strip())


def _rows(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    try:
        return None if text is None else parse_rows(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}, received {text!r}") from None


def _seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    try:
        return None if text is None else parse_seconds(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}, received {text!r}") from None


def budget_option(default: str) -> Callable[[Command], Command]:
    """Adds `--budget`, which is None where it is not given."""
    return click.option(
        "--budget",
        metavar="TIME",
        callback=_seconds,
        help=f"Time for experiments, such as 90s or 5m; 0s for none. [{default}]",
    )


RECIPES = "its recipes are pickles, and to read one runs the code in it"


def trust_option(what: str, reason: str) -> Callable[[Command], Command]:
    """Adds `--trust`: what of others is read on the user's word, and why it takes that."""
    told = f"Read {what} though others made it: {reason}."
    return click.option("--trust", is_flag=True, help=told)


def root_option(command: Command) -> Command:
    """Adds `--root`."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        default=Path(".valgap"),
        help="Folder that runs are kept in. [.valgap]",
    )(command)


def output_options(command: Command) -> Command:
    """Adds `--format` and `-o`."""
    command = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        is_eager=True,  # the form may follow from it
        help="Write the report to FILE, not to stdout.",
    )(command)
    told = "Form of the report. [by the suffix of -o, else full]"
    return click.option("--format", "form", callback=_form, help=told)(command)


def _form(context: click.Context, _: click.Parameter, form: str | None) -> str:
    """The form that is asked for; else what the suffix of the file promises."""
    output: Path | None = context.params.get("output")
    return form or OF_SUFFIX.get(output.suffix.lower() if output else "", "full")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """What `picking_options` give to a command; None and () are filled from pyproject.toml."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    baseline: Path | None = None
    write_to: Path | None = None


def picking_options(command: Command) -> Command:
    """Adds `--select`, `--ignore`, `--fail-on`, `--baseline` and `--write-baseline`."""
    for name, field, what in (
        ("--write-baseline", "write_to", "Write the findings to FILE as known ones."),
        ("--baseline", "baseline", "Findings in FILE are known: --fail-on leaves them out."),
    ):
        kind = click.Path(path_type=Path)
        command = click.option(name, field, type=kind, metavar="FILE", help=what)(command)
    command = click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "note", "never"]),
        help="Exit with 1 when a finding stands at or above this. [never]",
    )(command)
    for name, what in (("--ignore", "Leave out"), ("--select", "Report only")):
        command = click.option(
            name,
            multiple=True,
            metavar="CODES",
            callback=_codes,
            help=f"{what} these checks: codes, starts of codes or names, by commas.",
        )(command)
    return command


def rows_option(command: Command) -> Command:
    """Adds `--rows`."""
    return click.option(
        "--rows", metavar="N|all", callback=_rows, help="Rows used of each split. [1000]"
    )(command)
