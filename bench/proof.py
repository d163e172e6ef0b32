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
from rich.console import Console
from rich.table import Table

# A fair sample: the same scripts every time, drawn once by this seed.
SAMPLE_SEED = 20261125
PAIRS, QUICK_PAIRS = 10, 4
STATUSES = ("confirmed", "inconclusive", "harmless", "refuted")
# Fewer pairs cannot confirm anything.
ENOUGH = 6
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
    parser.add_argument("--seed", type=int, default=0, help="of the scripts [0]")
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
    verdicts = [(r["name"], v) for r in results for v in r["verdicts"]]
    own = [v for _, v in verdicts if not v["decoy"]]
    told = {s: [v for v in own if v["status"] == s] for s in (*STATUSES, "evidence")}
    confirmed, known, let_go = (
        [v for status in statuses for v in told[status] if v["true"] is not None]
        for statuses in (["confirmed"], ["evidence"], ["harmless", "refuted"])
    )
    # Measured to be harmless by its pairs, or by the oracle's.
    decoys = [v for _, v in verdicts if v["decoy"]]
    harmless = [v for v in decoys if v["status"] == "harmless" or v["true"] is False]
    tested = [v for v in harmless if v["status"] != "inconclusive" or v["pairs"] >= ENOUGH]
    lost = _count(let_go, "true")
    short = [v for v in own if v["proxy"] and v["oracle"] is not None]
    table = Table("what", "share", "of")
    for what, hits, of in (
        ("planted cause first, before the experiments", _count(results, "before"), len(results)),
        ("planted cause first, after them", _count(results, "first"), len(results)),
        ("confirmed verdicts that the oracle bears out", _count(confirmed, "true"), len(confirmed)),
        ("first findings that evidence confirmed, borne out", _count(known, "true"), len(known)),
        ("harmless or refuted, and the oracle agrees", len(let_go) - lost, len(let_go)),
        ("decoys not confirmed", len(harmless) - _confirmed(harmless), len(harmless)),
        ("of these, tested to the end", len(tested) - _confirmed(tested), len(tested)),
        ("shortened fits that say what whole ones do", sum(map(_agree, short)), len(short)),
    ):
        table.add_row(what, str(wilson(hits, of)), str(of))
    console.print(table)
    for status in STATUSES:
        console.print(f"{status}: {len(told[status])} of {len(own)} suspects")
    for name, v in verdicts:
        if v["true"] is (v["status"] in ("harmless", "refuted")) and not v["decoy"]:
            told_of = f"{name} {v['code']} {v['status']} {v['experiment']}"
            console.print(f"contradicted: {told_of} {v['oracle']:.3f}")
    for r in results:
        if not r["first"]:
            console.print(f"not first: {r['name']}: {' '.join(r['said'][:3])} {r['failed'] or ''}")


def _count(items: list[dict[str, Any]], key: str) -> int:
    return sum(bool(item[key]) for item in items)


def _confirmed(items: list[dict[str, Any]]) -> int:
    return sum(item["status"] == "confirmed" for item in items)


def _agree(verdict: dict[str, Any]) -> bool:
    """Whether both lie on the same side of what matters, or neither beyond it."""
    return _side(verdict["effect"], verdict["delta"]) == _side(verdict["oracle"], verdict["delta"])


def _side(effect: float, delta: float) -> int:
    return 0 if abs(effect) <= delta else 1 if effect > 0 else -1


if __name__ == "__main__":
    main()
