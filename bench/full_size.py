"""What it costs to observe and diagnose the five systems at the size their authors had.

python bench/full_size.py --out bench-results/full         # two epochs of each, some 20 minutes

Each script is run by itself and under `valgap run --budget 0s`, for the same two epochs. What
valgap takes is the difference; it is held against ten epochs of the script, and 6 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from valgap.cases.system import systems

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1"}
EPOCHS = 2
# The default sizes of the scripts are those of their authors; training rows, where they differ.
SIZES: dict[str, tuple[str, ...]] = {
    "overfit-sequences": (),
    "plateau-attention": ("--rows", "4917", "--steps", "100"),
    "volatile-frames": (),
}
SHARE, GIGABYTES = 0.25, 6.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by itself and under valgap, of one epoch, and the memory at its peak."""

    case: str
    rows: str
    alone: float
    watched: float
    epoch: float
    gigabytes: float
    findings: int

    @property
    def share(self) -> float:
        """What valgap takes, as a share of ten epochs."""
        return (self.watched - self.alone) / (10 * self.epoch)


def main() -> None:
    """Runs what is not there yet and prints the table."""
    options = parse()
    table = Table("case", "rows", "epoch", "alone", "watched", "share of 10 epochs", "peak")
    for name in options.case or SIZES:
        cost = measured(name, options.out.absolute() / name)
        told = (f"{v:.1f} s" for v in (cost.epoch, cost.alone, cost.watched))
        holds = cost.share <= SHARE and cost.gigabytes <= GIGABYTES
        table.add_row(
            name, cost.rows, *told, f"{cost.share:.1%}{'' if holds else ' !'}",
            f"{cost.gigabytes:.1f} GB",
        )  # fmt: skip
    Console(width=110).print(table)


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("bench-results/full"))
    parser.add_argument("--case", action="append", choices=sorted(SIZES))
    return parser.parse_args()


def measured(name: str, where: Path) -> Cost:
    """Gives what a case costs; it is run if it was not yet."""
    kept = where / "cost.json"
    if not kept.exists():
        where.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(run(name, where)), indent=2) + "\n", encoding="utf-8")
    return Cost(**json.loads(kept.read_text(encoding="utf-8")))


def run(name: str, where: Path) -> Cost:
    """Runs a script by itself and watched."""
    system = systems()[name]
    script = [str(system.path), "--planted", *SIZES[name], "--epochs", str(EPOCHS)]
    alone, _ = timed([sys.executable, *script], where)
    order = ["run", "--budget", "0s", "--format", "json", "-o", "report.json"]
    watched, peak = timed([sys.executable, "-m", "valgap", *order, *script], where)
    report = json.loads((where / "report.json").read_text(encoding="utf-8"))
    fit = report["fits"][-1]
    epoch = (fit["seconds"] - fit["watch_seconds"]) / EPOCHS
    rows = " + ".join(str(fit["rows"][split]) for split in ("train", "validation"))
    return Cost(name, rows, alone, watched, epoch, peak, len(report["findings"]))


def timed(command: list[str], where: Path) -> tuple[float, float]:
    """Gives wall seconds of a command, and the peak of its memory in GB."""
    begun = time.perf_counter()
    with (where / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command, cwd=where, env={**os.environ, **QUIET}, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        # Of this process alone: getrusage gives the largest of all that have ended.
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - begun, usage.ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
