"""Puts planted causes and decoys to the test, and holds the verdicts against an oracle.

The oracle is ten pairs of full-length fits a verdict, on seeds that no inquiry uses; it is
asked of what was confirmed, and of what shortened fits said. Its trials are kept in
bench/oracle and not made again. Results are kept script by script: a run that was stopped goes
on where it was, and shards can be made on several machines into one folder.

    python bench/proof.py --out bench-results --shard 1/4 --budget 120
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from diagnosis.scoring import wilson
from diagnosis.truth import TRUTHS
from proving.case import prove
from proving.oracle import Oracle
from proving.shares import contradicted, counts, shares
from rich.console import Console
from rich.table import Table

# A fair sample: the same scripts every time, drawn once by this seed.
SAMPLE_SEED = 20261125
# Of the scripts, where nothing else is asked for: that of the trials in bench/oracle.
SEED = 7
PAIRS, QUICK_PAIRS = 10, 4
HERE = Path(__file__).parent


def main() -> None:
    """Proves what is not proved yet, and prints the tables over all results in the folder."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + options.minutes * 60
    for name in chosen(options):
        path = options.out / f"{name}-{options.seed}.json"
        if path.exists() or time.monotonic() > until:
            continue
        with tempfile.TemporaryDirectory(prefix="valgap-proof-") as made:
            work = options.keep or Path(made)
            oracle = Oracle(options.oracle, QUICK_PAIRS if options.quick else PAIRS)
            result = prove(name, options.seed, work, options.budget, oracle)
        path.write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")
        told = ", ".join(f"{v.code} {v.status}" for v in result.verdicts) or "nothing tested"
        print(f"{name}: first {result.first}; {told}", file=sys.stderr, flush=True)
    results = [json.loads(p.read_text("utf-8")) for p in sorted(options.out.glob("*.json"))]
    show(results)


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/proof"))
    parser.add_argument("--oracle", type=Path, default=HERE / "oracle", help="its trials")
    parser.add_argument("--keep", type=Path, help="keep each script's folder here")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--shard", default="1/1", help="this of so many parts [1/1]")
    parser.add_argument("--sample", type=int, help="so many scripts, the same every time")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the scripts [{SEED}]")
    parser.add_argument("--budget", type=float, default=120, help="seconds a script [120]")
    parser.add_argument("--minutes", type=float, default=1e6, help="begin no script after these")
    parser.add_argument("--quick", action="store_true", help="an oracle of four pairs, not ten")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[str]:
    """Gives the names of the scripts to prove."""
    planted = [t.name for t in TRUTHS.values() if t.set == "planted"]
    if options.only:
        return list(options.only)
    if options.sample:
        random.Random(SAMPLE_SEED).shuffle(planted)
        planted = planted[: options.sample]
    part, of = map(int, options.shard.split("/"))
    return planted[part - 1 :: of]


def show(results: list[dict[str, Any]]) -> None:
    """Prints shares with their intervals, and the verdicts on suspects that are contradicted."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    table = Table("what", "share", "of")
    for what, hits, of in shares(results):
        table.add_row(what, str(wilson(hits, of)) if of else "none", str(of))
    console.print(table)
    for line in (*counts(results), *contradicted(results)):
        console.print(line)
    for r in results:
        if not r["first"]:
            console.print(f"not first: {r['name']}: {' '.join(r['said'][:3])} {r['failed'] or ''}")


if __name__ == "__main__":
    main()
