"""`valgap view`: the report of a run in a browser, or a page of all runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click

from valgap.cli.options import Action, root_option

REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class Wish:
    """What `valgap view` was asked for."""

    run: str | None
    runs: bool
    port: int | None
    no_open: bool
    root: Path


@click.command()
@click.option("--runs", is_flag=True, help="Serve a page of all runs, until Ctrl+C.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Port of the page of all runs. [one that is free]",
)
@click.option("--no-open", is_flag=True, help="Open no browser: print the path or address only.")
@root_option
@click.argument("run", required=False)
def view(**options: Any) -> Action:
    """Open the report of RUN in a browser: an id, the start of one or a path; else the newest.

    The report is written beside the run, and its path printed. The page of all runs is for this
    machine alone, and only with the token of the address that is printed; it can be read while a
    fit is going on.
    """
    return partial(_view, Wish(**options))


def _view(wish: Wish) -> int:
    from valgap.errors import UsageError

    if wish.runs and wish.run is not None:
        raise UsageError(f"expected --runs or a run, received both: leave out {wish.run}")
    if wish.port is not None and not wish.runs:
        raise UsageError("--port is of the page of all runs: add --runs")
    return _serve(wish) if wish.runs else _show(wish)


def _show(wish: Wish) -> int:
    from valgap.cli.file import write_whole
    from valgap.evidence.store import find_run, load_run
    from valgap.report.html.page import render

    run = load_run(find_run(wish.root, wish.run))
    path = run.path.resolve() / REPORT
    write_whole(path, render(run, _picking().diagnose(run)))
    click.echo(path)
    if not wish.no_open:
        _open(path.as_uri())
    return 0


def _serve(wish: Wish) -> int:
    import threading

    from valgap.cli.serving.answers import Answers
    from valgap.cli.serving.server import RunsServer
    from valgap.cli.serving.shelf import Shelf

    shelf = Shelf(wish.root.resolve(), _picking().diagnose)
    answers = Answers(shelf)
    with RunsServer(answers, wish.port or 0) as server:
        # All checks are loaded at the first verdict: while the browser starts.
        threading.Thread(target=answers.to, args=("/", {}), daemon=True).start()
        click.echo(server.address(server.door.token))
        click.echo("valgap: for this machine only; Ctrl+C ends it", err=True)
        if not wish.no_open:
            ticket = server.address(server.door.ticket())
            threading.Thread(target=_open, args=(ticket,), daemon=True).start()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(err=True)
    return 0


def _picking() -> Any:
    """What pyproject.toml says of checks to leave out."""
    from valgap.cli.options import Picks
    from valgap.cli.picking import picked
    from valgap.config import read_config

    return picked(read_config(Path.cwd()), Picks())


def _open(address: str) -> None:
    import webbrowser

    try:
        is_open = webbrowser.open(address)
    except (webbrowser.Error, OSError):
        is_open = False
    if not is_open:
        click.echo("valgap: no browser was found: open it yourself", err=True)
