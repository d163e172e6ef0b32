"""What `valgap audit` finds of faults planted in real sets, beside its peers on the same data.

    python bench/audit.py --out bench/results/audit --peers-python peers/bin/python

Near duplicates: a set is split in half, and copies of twelve kinds, each with a strength of its
own, go to validation while their originals are in training. A pair across the split is right where
one is a copy of the other, where both are equal, or where a person has called the two twins
(`auditing/judged`). Recall and precision by kind: precision counts what was told of copies of that
kind and of originals among each other. Files that are there already are not made again. Peers that
are not installed are not run, and named. `cpu` is in seconds of all processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from auditing.lookers import OWN, PEERS
from auditing.planting import Planted, Score, planted, scores
from auditing.sets import MISSING, SETS, Places
from PIL import Image
from rich.console import Console
from rich.table import Table

LOOKERS = Path(__file__).parent / "auditing" / "lookers.py"
LONGEST = 3600
WIDTH = 200  # columns of a table in a file


def main() -> None:
    """Runs what is not there yet, and prints one table a set."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    for name in options.set or SETS:
        results = of_set(name, options)
        if isinstance(results, str):
            console.print(results)
        else:
            console.print(table_of(name, results))


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", action="append", choices=SETS, help="may be repeated [all]")
    parser.add_argument("--tool", action="append", choices=[*OWN, *PEERS], help="[all]")
    parser.add_argument("--copies", type=int, default=100, help="of each kind [100]; 0: silence")
    parser.add_argument("--most", type=int, default=3000, help="pictures of a set [3000]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("bench-results/audit"))
    parser.add_argument("--peers-python", default="", help="Python that has the peers")
    parser.add_argument("--fashion", type=Path, default=Places().fashion)
    parser.add_argument("--fonts", type=Path, action="append", help="folders of fonts")
    parser.add_argument("--videos", type=Path, default=Places().videos)
    return parser.parse_args()


def of_set(name: str, options: argparse.Namespace) -> dict[str, dict] | str:
    """Gives the results of each tool, or says why there are none."""
    files = {tool: file_of(name, tool, options) for tool in options.tool or [*OWN, *PEERS]}
    if not all(file.exists() for file in files.values()):
        fonts = tuple(options.fonts or Places().fonts)
        try:
            pictures = SETS[name](Places(options.fashion, fonts, options.videos))
        except MISSING as error:
            return f"{name}: not installed ({error})"
        data = planted(name, pictures, options.most, options.copies, options.seed)
        with tempfile.TemporaryDirectory() as folder:
            pictures_in = Path(folder) / "pictures"
            written(data, pictures_in)
            for tool, file in files.items():
                if not file.exists() and (tool in OWN or options.peers_python):
                    result = looked(tool, pictures_in, options, data)
                    file.write_text(json.dumps(result, indent=1) + "\n")
    found = {tool: json.loads(file.read_text()) for tool, file in files.items() if file.exists()}
    return found or f"{name}: no results"


def file_of(name: str, tool: str, options: argparse.Namespace) -> Path:
    """Gives where the result of one tool on one set is kept."""
    stem = f"near-{name}-{options.copies}-{options.seed}-{tool.replace(' ', '-').lower()}"
    return options.out / f"{stem}.json"


def written(data: Planted, folder: Path) -> None:
    """Writes the pictures as PNG files, numbered, and what is in training."""
    folder.mkdir()
    (folder.parent / "splits.json").write_text(json.dumps(data.is_train.tolist()))
    for i, picture in enumerate(data.pictures):
        Image.fromarray(picture).save(folder / f"{i:06d}.png", compress_level=1)


def looked(tool: str, folder: Path, options: argparse.Namespace, data: Planted) -> dict:
    """Runs one tool and gives what it costs and its scores."""
    python = sys.executable if tool in OWN else options.peers_python
    command = [python, str(LOOKERS), tool, str(folder)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return {"failed": f"not ended after {LONGEST} s"}
    if ran.returncode:
        return {"failed": ran.stderr.strip().splitlines()[-1][:200]}
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    pairs = [(a, b) for a, b in told.pop("pairs") if a < b]
    across = [(a, b) for a, b in pairs if data.is_train[a] != data.is_train[b]]
    wrong = [(a, b) for a, b in across if data.groups[a] != data.groups[b]]
    by_kind = [vars_of(score) for score in scores(data, pairs)]
    seen = [[int(data.rows[a]), int(data.rows[b]), str(data.kinds[b])] for a, b in wrong[:200]]
    counts = {"rows": len(data.pictures), "across": len(across), "wrong": len(wrong)}
    return {**counts, **told, "kinds": by_kind, "wrong_pairs": seen}


def vars_of(score: Score) -> dict:
    """Gives a score as plain values."""
    return {name: getattr(score, name) for name in ("kind", "found", "planted", "wrong")}


def table_of(name: str, results: dict[str, dict]) -> Table:
    """Draws one row a kind, one column a tool: recall / precision."""
    whole = {tool: result for tool, result in results.items() if "failed" not in result}
    rows = next(iter(whole.values()), {"rows": 0})["rows"]
    table = Table(title=f"{name}, {rows} pictures: recall / precision across the split")
    for head in ("kind", *results):
        table.add_column(head)
    kinds = [score["kind"] for score in next(iter(whole.values()), {"kinds": []})["kinds"]]
    for i, kind in enumerate(kinds):
        table.add_row(kind, *(cell(result, i) for result in results.values()))
    table.add_section()
    costs = (("wrong pairs", "wrong", "d"), ("seconds", "seconds", ".1f"))
    for head, key, form in (*costs, ("cpu", "cpu_seconds", ".1f"), ("GB", "gigabytes", ".2f")):
        table.add_row(head, *(format(r[key], form) if key in r else "" for r in results.values()))
    return table


def cell(result: dict, i: int) -> str:
    """Gives recall and precision of a kind, or why there are none."""
    if "failed" in result:
        return result["failed"][:30] if i == 0 else ""
    score = Score(**result["kinds"][i])
    return f"{score.recall:.2f} / {score.precision:.2f}"


if __name__ == "__main__":
    main()
