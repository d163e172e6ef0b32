"""Compares `valgap treat` with its peers on real data: same rows, wall time and cores.

A pool of rows is held back from everybody and judges everybody; differences are of the same rows,
and a tie is where their interval holds 0. Peers: the patient itself, a random search over the same
remedies by the same engine, KerasTuner (Hyperband over the patient's family) and AutoKeras. The
last two run by a Python of their own, whose environment is made if it is not there. Results are
kept by data set and peer: a run that was stopped goes on where it was, and shards can be made on
several machines into one folder.

    python bench/treatment.py --out bench-results/treatment --budget 10m --shard 1/2 \
        --autokeras-python bench-results/autokeras/bin/python
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from treating.compared import OURS, Judged, against, median_ratio
from treating.figures import answers_of
from treating.peers import NEED_OTHER_PYTHON, PEERS, Terms, other_python
from treating.sets import SETS, MissingError, Parted, parted

from valgap.config import parse_seconds


def main() -> None:
    """Runs what is not run yet, and prints the tables over all results in the folder."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    options.autokeras_python = other_python(options.autokeras_python)
    part, of = map(int, options.shard.split("/"))
    for name in options.only or list(SETS)[part - 1 :: of]:
        try:
            run_all(name, options)
        except MissingError as error:
            print(f"{name}: left out: {error}", file=sys.stderr, flush=True)
    show(options.out)


def run_all(name: str, options: argparse.Namespace) -> None:
    """Runs every peer on one data set that has not run there yet."""
    kept, rows = SETS[name], None
    for peer in options.peer or list(PEERS):
        path = options.out / f"{name}-{options.seed}-{peer.replace(' ', '-')}.json"
        if path.exists() or (peer in NEED_OTHER_PYTHON and options.autokeras_python is None):
            continue
        rows = parted(kept.load(), kept.of, options.seed) if rows is None else rows
        result = {"set": name, "peer": peer, **run(name, peer, rows, options)}
        path.write_text(json.dumps(result) + "\n", encoding="utf-8")
        print(f"{name}: {peer}: {result['failed'] or 'done'}", file=sys.stderr, flush=True)


def run(name: str, peer: str, rows: Parted, options: argparse.Namespace) -> dict[str, Any]:
    """Gives the answers of a peer for the pool, or why there are none."""
    kept, began = SETS[name], time.monotonic()
    about = {
        "of": kept.of, "patient": kept.patient, "source": kept.source, "seed": options.seed,
        "rows": len(rows.y), "pool": len(rows.pool_y), "cores": options.cores,
        "budget": options.seconds, "targets": rows.pool_y.tolist(),
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="valgap-peers-") as made:
        folder, other = Path(made), options.autokeras_python
        np.savez(folder / "rows.npz", x=rows.x, y=rows.y)
        terms = Terms(kept.patient, options.seconds, options.cores, options.seed, folder, other)
        try:
            answer = PEERS[peer](terms, rows)
        except Exception as error:  # a peer that fails is a result
            took = time.monotonic() - began
            return {**about, "failed": f"{type(error).__name__}: {error}", "seconds": took}
    found = answers_of(answer.predictions, kept.of).tolist()
    if "alone" in answer.told:
        answer.told["alone"] = answers_of(np.asarray(answer.told["alone"]), kept.of).tolist()
    told = {"told": answer.told, "seconds": answer.seconds}
    return {**about, "failed": None, **told, "answers": found}


def read(out: Path) -> tuple[list[Judged], list[dict[str, Any]]]:
    """Gives what all peers answered by data set, and all results."""
    results = [json.loads(p.read_text("utf-8")) for p in sorted(out.glob("*.json"))]
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for result in results:
        found.setdefault((result["set"], result["seed"]), []).append(result)
    judged = []
    for (name, seed), of in found.items():
        answers = {r["peer"]: np.asarray(r["answers"]) for r in of if not r["failed"]}
        judged.append(Judged(name, seed, of[0]["of"], np.asarray(of[0]["targets"]), answers))
    return judged, results


def show(out: Path) -> None:
    """Prints scores by data set, paired differences, and what they come to."""
    judged, results = read(out)
    console = Console(width=None if sys.stdout.isatty() else 180)
    by = {(r["set"], r["seed"], r["peer"]): r for r in results}
    table = Table("data", "seed", "rows", "pool", *PEERS, title="score x 100, 95 % interval")
    apart = Table("data", "seed", *(p for p in PEERS if p != OURS), title="valgap treat - peer")
    for one in judged:
        first = next(r for key, r in by.items() if key[:2] == (one.name, one.seed))
        figures, differences = one.figures(), one.differences()
        cells = [
            str(figures[p]) if p in figures
            else "failed" if (one.name, one.seed, p) in by else ""
            for p in PEERS
        ]  # fmt: skip
        table.add_row(one.name, str(one.seed), str(first["rows"]), str(first["pool"]), *cells)
        told = (str(differences.get(p, "")) for p in PEERS if p != OURS)
        apart.add_row(one.name, str(one.seed), *told)
    console.print(table)
    console.print(apart)
    ended = Table("against", "wins", "ties", "losses", "mean difference x 100", "data sets")
    for a in against(judged):
        n = a.wins + a.ties + a.losses
        ended.add_row(a.peer, str(a.wins), str(a.ties), str(a.losses), str(a.mean), str(n))
    console.print(ended)
    _tell(console, judged, results)


def _tell(console: Console, judged: list[Judged], results: list[dict[str, Any]]) -> None:
    ratio = median_ratio(judged)
    told = "none yet" if ratio is None else f"{ratio:.2f}"
    console.print(f"median error ratio to the best peer, chosen by the same pool: {told}")
    hours = sum(r["seconds"] for r in results) / 3600
    over = [r for r in results if r["seconds"] > 1.1 * r["budget"]]
    console.print(f"{hours:.1f} hours, {len(results)} results, {len(over)} a tenth over time")
    for r in results:
        if r["failed"]:
            console.print(f"failed: {r['set']}: {r['peer']}: {r['failed'][:200]}")


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/treatment"))
    parser.add_argument("--only", action="append", choices=sorted(SETS), metavar="SET")
    parser.add_argument("--peer", action="append", choices=list(PEERS), metavar="PEER")
    parser.add_argument("--shard", default="1/1", help="this of so many parts [1/1]")
    parser.add_argument("--budget", default="10m", help="of a peer and data set [10m]")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--autokeras-python", type=Path, metavar="PATH", help="none: left out")
    options = parser.parse_args()
    options.seconds = parse_seconds(options.budget)
    return options


if __name__ == "__main__":
    main()
