"""Runs scripts with a known fault under valgap and counts how often the cause comes first.

Every case runs in a folder of its own through `valgap run`. Peers read the log of the same run.
The halves "held-out" and "fresh-final" are for the very end: nothing may be tuned on them.

    python bench/diagnosis.py --set planted --set healthy --set odd --seeds 3 --out results.json

What the file of --out holds already is not run again: so a long bench goes on where it was
stopped. Whoever changes a check and wants to measure again names another file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from diagnosis.case import Truth
from diagnosis.keeping import load, save
from diagnosis.peers import PEERS
from diagnosis.running import Result, Ways, run_case
from diagnosis.tables import set_of, show
from diagnosis.truth import TRUTHS
from rich.console import Console

SETS = ("planted", "healthy", "odd", "published", "held-out", "fresh", "fresh-final")


def main() -> None:
    """Runs what was asked for and prints the tables."""
    options = parse()
    truths = choose(options.set or SETS[:3], options.only)
    if options.list:
        for truth in truths:
            print(f"{set_of(truth):11} {' '.join(sorted(truth.true)) or '-':24} {truth.name}")
        return
    python = options.peers_python
    peers = [peer for peer in PEERS if python and peer.installed(python)]
    missing = [peer.name for peer in PEERS if python and peer not in peers]
    ways = Ways(peers, python, options.timeout, options.keep)
    results = run_all(truths, options, ways)
    console = Console(width=None if sys.stdout.isatty() else 160)
    show(console, [(result, TRUTHS[result.name]) for result in results], peers)
    if missing:
        console.print(f"not installed, so not run: {', '.join(missing)}")


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS, help="[planted, healthy, odd]")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="these cases")
    parser.add_argument("--seeds", type=int, default=1, help="runs a case [1]")
    parser.add_argument("--first-seed", type=int, default=0, help="[0]")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time [1]")
    parser.add_argument("--timeout", type=float, default=240, help="seconds a run [240]")
    parser.add_argument("--peers-python", default="", help="Python that has the readers of logs")
    parser.add_argument("--out", type=Path, help="results as JSON; what it holds is not run again")
    parser.add_argument("--keep", type=Path, help="keep each run's folder here")
    parser.add_argument("--list", action="store_true", help="list the cases and stop")
    return parser.parse_args()


def choose(sets: Sequence[str], only: Sequence[str]) -> list[Truth]:
    """Gives the cases that are named, else those of the sets."""
    unknown = sorted(set(only) - TRUTHS.keys())
    if unknown:
        sys.exit(f"no case {unknown[0]!r}; --list gives their names")
    if only:
        return [TRUTHS[name] for name in only]
    return [truth for truth in TRUTHS.values() if set_of(truth) in sets]


def run_all(truths: Sequence[Truth], options: argparse.Namespace, ways: Ways) -> list[Result]:
    """Gives all results by case and seed; the file is written after each, so a stop loses none."""
    kept = load(options.out)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    runs = [(truth.name, seed) for seed in seeds for truth in truths]
    done = {each: kept[each] for each in runs if each in kept}
    with ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(run_case, *each, ways) for each in runs if each not in done]
        for result in (each.result() for each in as_completed(waiting)):
            done[result.name, result.seed] = result
            first = result.said[0].codes[0] if result.said else result.failed or "nothing"
            said = f"{len(done)} of {len(runs)} {result.name} seed {result.seed}: {first}"
            print(f"{said}, {result.seconds:.0f} s", file=sys.stderr, flush=True)
            save(options.out, {**kept, **done}.values())
    return [done[each] for each in runs]


if __name__ == "__main__":
    main()
