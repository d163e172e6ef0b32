"""What an audit takes as a data set grows: seconds, peak memory, and how they grow with the rows.

    python bench/audit_scale.py --out bench/results/audit

Pictures are tiles of the solar cells of elpv-dataset, none of which overlaps another: 28 x 28 as
arrays, from 1,000 to 100,000 rows, and 10,000 JPEG files of 224 x 224 in class folders. Each audit
is a command of its own, on the cores that it is given; what it waits for is its own too. The slope
is that of log seconds over log rows: n log n has 1.09 to 1.14 there, n squared 2. Seconds hold the
start of Python, and measures of a sample that end after 20 s, both of which flatten it. Results
that are there are not made again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
FILES, SIDE, TILE = 10_000, 224, 28
GOAL = "goal: 10,000 JPEG in 300 s and 2 GB"


def main() -> None:
    """Audits what is not there yet, the smallest first, and prints the table."""
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    sizes = options.rows or SIZES
    found = [kept(options.out / f"scale-{rows}.json", rows, arrays) for rows in sizes]
    if options.files:
        found.append(kept(options.out / f"scale-jpeg-{options.files}.json", options.files, files))
    Console(width=None if sys.stdout.isatty() else 120).print(table_of(found))


def kept(path: Path, rows: int, write: Any) -> dict[str, Any]:
    """Gives what one audit took, made now if it is not there."""
    if not path.exists():
        with tempfile.TemporaryDirectory() as folder:
            made = audited(write(Path(folder), rows), Path(folder))
        path.write_text(json.dumps({"rows": rows, "of": write.__name__, **made}) + "\n")
    told: dict[str, Any] = json.loads(path.read_text())
    return told


def audited(data: Path, folder: Path) -> dict[str, Any]:
    """Runs the command, and gives seconds, gigabytes at the most, and the codes that it tells."""
    words = [sys.executable, "-m", "valgap", "audit", str(data), "-q", "--format", "json"]
    report, began = folder / "report.json", time.perf_counter()
    with report.open("wb") as out:
        _, status, used = os.wait4(subprocess.Popen(words, stdout=out, cwd=folder).pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(words[2:])} ended with {os.waitstatus_to_exitcode(status)}")
    codes = sorted({f["code"] for f in json.loads(report.read_text())["findings"]})
    return {
        "seconds": seconds,
        "gigabytes": used.ru_maxrss / 2**20,
        "cores": len(os.sched_getaffinity(0)),
        "codes": codes,
    }


def arrays(folder: Path, rows: int) -> Path:
    """Writes tiles of 28 x 28 with their labels."""
    x, y = np.empty((rows, TILE, TILE), np.uint8), np.empty(rows, np.int64)
    for i, (tile, label) in zip(range(rows), tiles(TILE), strict=False):
        x[i], y[i] = tile, label
    np.savez(folder / "rows.npz", x=x, y=y)
    return folder / "rows.npz"


def files(folder: Path, rows: int) -> Path:
    """Writes tiles of 75 x 75, made larger, as JPEG files in class folders."""
    for i, (tile, label) in zip(range(rows), tiles(75), strict=False):
        place = folder / "pictures" / f"class{label}"
        place.mkdir(parents=True, exist_ok=True)
        large = Image.fromarray(tile).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        large.convert("RGB").save(place / f"{i:06d}.jpg", quality=90)
    return folder / "pictures"


def tiles(side: int) -> Iterator[tuple[np.ndarray, int]]:
    """Gives tiles in random order, and whether their cell is defective."""
    from elpv_dataset.utils import load_dataset

    pictures, probability, _ = load_dataset()
    across = pictures.shape[1] // side
    order = np.random.default_rng(0).permutation(len(pictures) * across * across)
    for number in order:
        cell, place = divmod(int(number), across * across)
        i, j = (side * k for k in divmod(place, across))
        yield pictures[cell, i : i + side, j : j + side], int(probability[cell] >= 0.5)


def table_of(found: list[dict[str, Any]]) -> Table:
    """Draws a row an audit, with the slope from the one before of its kind."""
    table = Table(title=GOAL)
    for head in ("rows", "of", "seconds", "slope", "GB", "cores", "told"):
        table.add_column(head)
    before: dict[str, dict[str, Any]] = {}
    for one in found:
        last = before.get(one["of"])
        slope = f"{_slope(last, one):.2f}" if last else ""
        costs = f"{one['seconds']:.0f}", slope, f"{one['gigabytes']:.2f}", str(one["cores"])
        table.add_row(f"{one['rows']:,}", one["of"], *costs, ", ".join(one["codes"]) or "silent")
        before[one["of"]] = one
    return table


def _slope(one: dict[str, Any], other: dict[str, Any]) -> float:
    return float(np.log(other["seconds"] / one["seconds"]) / np.log(other["rows"] / one["rows"]))


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", action="append", type=int, help="may be repeated [all sizes]")
    parser.add_argument("--files", type=int, default=FILES, help="JPEG files [10000]; 0: none")
    parser.add_argument("--out", type=Path, default=Path("bench-results/audit"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
