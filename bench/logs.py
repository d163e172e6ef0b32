"""Prints what `valgap read` says of logs whose cause is known, beside other readers of curves.

Curves are drawn by formula, one kind a cause; with --runs also the histories of real fits
that `bench/diagnosis.py --keep FOLDER` has recorded. For each cause: how many logs, the
states told, who said overfitting, how often a command that tells the cause was named, and
best epoch, noise and trends since the best. "plain rule" stands for usual advice: validation loss
a tenth above its lowest while training fell, or half as high again as training. Peers are
the readers of logs of bench/diagnosis; those that are not installed are not run, and named.
A peer's rule counts as overfitting, at any severity, where its own text names that as cause
or cure; `unread` counts the logs it gave no answer on. That
`valgap read` is never wrong here is so by design: it gives states and names no cause.

    python bench/logs.py --seeds 20 --runs runs --peers-python peers/bin/python
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections import Counter
from pathlib import Path

from diagnosis.peers import PEERS
from logread.made import KINDS, made
from logread.readers import Told, told
from logread.recorded import recorded
from rich.console import Console
from rich.table import Table

OVERFITTING = "true overfitting"
WIDTH = 200  # columns of a table in a file


def main() -> None:
    """Reads all logs and prints one table a source."""
    options = parse()
    python = options.peers_python
    peers = [peer for peer in PEERS if python and peer.installed(python)]
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    sources = [("curves drawn by formula", list(made(options.seeds)))]
    if options.runs:
        sources.append(("real fits", list(recorded(options.runs))))
    for title, logs in sources:
        with contextlib.redirect_stderr(io.StringIO()):  # where each report was written
            found = [told(*log, peers if options.runs or python else [], python) for log in logs]
        show(console, title, found, [peer.name for peer in peers])
    missing = [peer.name for peer in PEERS if peer not in peers]
    if missing:
        console.print(f"not installed, so not run: {', '.join(missing)}")


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="curves a cause [20]")
    parser.add_argument("--runs", type=Path, metavar="FOLDER", help="runs that were kept")
    parser.add_argument("--peers-python", default="", help="Python that has the peers")
    return parser.parse_args()


def show(console: Console, title: str, found: list[Told], peers: list[str]) -> None:
    """Prints one row a cause, and the number of wrong verdicts below."""
    table = Table(title=f"{title}: who says overfitting")
    for head in ("cause", "logs", "states of valgap read", "valgap read", "command"):
        table.add_column(head)
    for head in ("best+trend", "plain rule", *peers):
        table.add_column(head)
    for cause in KINDS:
        rows = [each for each in found if each.cause == cause]
        if rows:
            table.add_row(*_cells(cause, rows, peers))
    wrong = [each for each in found if each.cause != OVERFITTING]
    names = [sum(bool(each.peers[name]) for each in wrong) for name in peers]
    ours, rule = sum(each.verdict for each in wrong), sum(each.rule for each in wrong)
    table.add_section()
    counts = ("", f"{ours}", "", "", f"{rule}", *map(str, names))
    table.add_row("wrong verdicts", f"{len(wrong)}", *counts)
    console.print(table)


def _cells(cause: str, rows: list[Told], peers: list[str]) -> list[str]:
    states = Counter(state for row in rows for state in dict.fromkeys(row.states))
    told_of = ", ".join(f"{state} {count}" for state, count in states.most_common(4)) or "none"
    return [
        cause,
        f"{len(rows)}",
        told_of,
        f"{sum(row.verdict for row in rows)}",
        f"{sum(row.names_command for row in rows)}",
        f"{sum(row.is_whole for row in rows)}",
        f"{sum(row.rule for row in rows)}",
        *(_of_peer([row.peers[name] for row in rows]) for name in peers),
    ]


def _of_peer(said: list[bool | None]) -> str:
    unread = said.count(None)
    return f"{said.count(True)}{f', {unread} unread' if unread else ''}"


if __name__ == "__main__":
    main()
