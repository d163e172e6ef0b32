"""Prints what watching costs: time and peak memory of three scripts, plain and watched.

Every round runs each script plain, watched without a ledger, and watched with one, in an
order that turns, so that a busy machine falls on all alike. Nothing is asserted. A ratio is
taken within its round and shown as minimum, median and maximum.

"own work" is the time that valgap took during the fit by its own clock. It holds on a busy machine,
where ratios of two fits may not, and leaves out what watching makes slower elsewhere.

    python bench/overhead.py --pairs 5 cnn_arrays lstm
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from valgap.evidence.store import find_run, load_run

SCRIPTS = Path(__file__).parent / "scripts"
NAMES = ("cnn_arrays", "tfdata_augmented", "lstm")
ROWS = 1000
WATCHED = ("-m", "valgap", "run", "--quiet", "--rows", str(ROWS), "-o", "report.txt")
WAYS = {"plain": (), "watched": (*WATCHED, "--no-ledger"), "ledger": WATCHED}
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: seconds of its fit, our own among them and its ledger; megabytes."""

    fit: float
    watching: float
    ledger: float
    peak: float
    allowed: float


def main() -> None:
    """Runs the rounds and prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=NAMES, metavar="SCRIPT", help=", ".join(NAMES))
    parser.add_argument("--pairs", type=int, default=3, help="rounds a script [3]")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(NAMES))
    if unknown:
        parser.error(f"no script {unknown[0]!r}: one of {', '.join(NAMES)}")
    console = Console(stderr=True)
    rounds = [(name, turn) for turn in range(options.pairs) for name in options.names]
    found: dict[str, list[dict[str, Measured]]] = {name: [] for name in options.names}
    for name, turn in track(rounds, "rounds", console=console):
        found[name].append(measure_round(name, turn))
    Console().print(table(found))


def measure_round(name: str, turn: int) -> dict[str, Measured]:
    """Gives one process a way, the first way another one each turn."""
    ways = list(WAYS)
    first = turn % len(ways)
    return {way: measure(name, way) for way in ways[first:] + ways[:first]}


def measure(name: str, way: str) -> Measured:
    """Runs one script one way in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        said, peak = run((*WAYS[way], str(SCRIPTS / f"{name}.py")), Path(folder))
        watching, ledger = own_seconds(Path(folder) / ".valgap") if WAYS[way] else (0.0, 0.0)
    # Sampled rows of both splits, and two copies of the weights.
    allowed = 2 * ROWS * said["row"] + 2 * said["weights"]
    return Measured(said["seconds"], watching, ledger, peak, allowed / 1e6)


def run(command: Sequence[str], folder: Path) -> tuple[dict[str, float], float]:
    """Gives what the script said of its fit, and the peak memory of its process in MB."""
    output = folder / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(
            (sys.executable, *command), cwd=folder, stdout=out, env={**os.environ, **QUIET}
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    said: dict[str, float] = json.loads(output.read_text().splitlines()[-1])
    return said, usage.ru_maxrss / 1e3


def own_seconds(root: Path) -> tuple[float, float]:
    """Gives how long we were at work during the fits of the only run in a folder, and after."""
    made = load_run(find_run(root, None))
    return sum(fit.watch_seconds for fit in made.fits), sum(each.seconds for each in made.ledgers)


def table(found: dict[str, list[dict[str, Measured]]]) -> Table:
    """Gives the table: a row a script and measure."""
    measures: dict[str, Callable[[dict[str, Measured]], float]] = {
        "fit, plain s": lambda each: each["plain"].fit,
        "fit, watched %": lambda each: 100 * (each["watched"].fit / each["plain"].fit - 1),
        "own work in it, %": lambda each: 100 * each["watched"].watching / each["watched"].fit,
        "ledger s": lambda each: each["ledger"].ledger,
        "ledger, of fit %": lambda each: 100 * each["ledger"].ledger / each["plain"].fit,
        "peak, plain MB": lambda each: each["plain"].peak,
        "watching adds MB": lambda each: each["watched"].peak - each["plain"].peak,
        "ledger adds MB": lambda each: each["ledger"].peak - each["watched"].peak,
        "rows + 2 weights MB": lambda each: each["plain"].allowed,
    }
    drawn = Table("script", "measure", "min", "median", "max", box=None)
    for name, rounds in found.items():
        for measure_name, of in measures.items():
            drawn.add_row(name, measure_name, *spread([of(each) for each in rounds]))
    return drawn


def spread(values: Sequence[float]) -> tuple[str, str, str]:
    """Gives minimum, median and maximum."""
    ends = (min(values), statistics.median(values), max(values))
    low, middle, high = (f"{value:.1f}" for value in ends)
    return low, middle, high


if __name__ == "__main__":
    main()
