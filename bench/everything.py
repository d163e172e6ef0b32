"""Runs all benches and writes what they printed, with machine, versions and date, to RESULTS.md.

What a bench has printed is kept in bench/results/printed and not run again, unless by name: so it
goes on where it was stopped, and parts can be of several machines and days, each with its own
heading. Benches that keep results case by case print at once what is there already.

    python bench/everything.py                # what has not been run
    python bench/everything.py logs overhead  # these again
    python bench/everything.py logs --peers-python peers/bin/python
    python bench/everything.py --page         # the page alone, of what is there
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BENCH = Path(__file__).parent
PRINTED, PAGE = BENCH / "results" / "printed", BENCH / "RESULTS.md"
PEERS = "peers/bin/python"
"""Written in place of where the peers are on this machine."""
PACKAGES = ("valgap", "keras", "tensorflow", "numpy", "scipy", "scikit-learn", "optuna")


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench: how it is called here, what it answers, and what it leaves open."""

    script: str
    asks: str
    open_yet: str
    words: tuple[str, ...] = ()
    has_peers: bool = False


BENCHES = {
    "diagnosis": Bench(
        "diagnosis.py",
        "How often is a planted cause named first, and what is said of healthy runs?",
        "Scripts that nobody planted a fault in; causes that no script here has.",
        (
            *("--set", "planted", "--set", "healthy", "--set", "odd", "--set", "published"),
            *("--set", "fresh", "--set", "held-out", "--set", "fresh-final"),
            *("--first-seed", "20", "--jobs", "2", "--out", "bench/results/diagnosis.json"),
        ),
        has_peers=True,
    ),
    "confirmation": Bench(
        "proof.py",
        "Do verdicts of experiments agree with ten pairs of full-length fits?",
        "One seed of the scripts; GPUs.",
        ("--out", "bench/results/proof", "--minutes", "0", "--sample", "1"),
    ),
    "null-runs": Bench(
        "null_runs.py",
        "How often are two like fits called different?",
        "Networks of scikit-learn alone, with one kind of rows.",
    ),
    "overhead": Bench(
        "overhead.py",
        "What does it cost to watch a script, as a ratio within each round?",
        "GPUs; fits of hours.",
    ),
    "logs": Bench(
        "logs.py",
        "What is said of a log whose cause is known, beside other readers of curves?",
        "Peers that are not installed are named.",
        has_peers=True,
    ),
    "audit": Bench(
        "audit.py",
        "What of the near duplicates that were planted in real sets is found?",
        "What a person would call twins in sets where nobody has judged the pairs.",
        ("--out", "bench/results/audit"),
        has_peers=True,
    ),
    "audit-faults": Bench(
        "audit_faults.py",
        "Are groups, damaged files and a sorted class found, and wrong labels ranked first?",
        "Features of a pretrained network; labels that are wrong by nature.",
        ("--out", "bench/results/audit"),
    ),
    "audit-scale": Bench(
        "audit_scale.py",
        "What does an audit take as rows grow to 100,000, and of 10,000 JPEG?",
        "A million rows.",
        ("--out", "bench/results/audit"),
    ),
    "protocol": Bench(
        "treat_protocol.py",
        "Does the protocol of treatment say what is so, by simulation?",
        "What real fits do: see the next three.",
    ),
    "nothing-helps": Bench(
        "null_studies.py",
        "How often does a study say that something helped where nothing can?",
        "Small networks of scikit-learn.",
        ("--out", "bench/results/treatment/studies"),
    ),
    "honesty": Bench(
        "null_studies.py",
        "Does the reported interval hold the figure on 20,000 further rows?",
        "Small networks of scikit-learn.",
        ("--out", "bench/results/treatment/studies", "--honesty"),
    ),
    "cure": Bench(
        "cure.py",
        "Are planted faults cured, judged on 10,000 further rows?",
        "One seed a fault.",
        ("--out", "bench/results/treatment/cure"),
    ),
    "peers": Bench(
        "treatment.py",
        "What is a treated model worth beside those of its peers, in the same time?",
        "One seed; sets that are not in the table have not been run.",
        ("--out", "bench/results/treatment/peers", "--cores", "1"),
    ),
    "trial-rate": Bench(
        "trial_rate.py",
        "How many trainings a minute, as a ratio to a plain loop?",
        "GPUs, several machines.",
        ("--out", "bench/results/treatment"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """What a bench printed, and where."""

    text: str
    command: str
    date: str
    machine: str
    versions: str
    status: int


def main() -> None:
    """Runs what is asked for, and writes the page."""
    options = parse()
    PRINTED.mkdir(parents=True, exist_ok=True)
    wanted = options.names or [name for name in BENCHES if not _kept(name).exists()]
    for name in [] if options.page else wanted:
        made = run(BENCHES[name], options.peers_python)
        print(made.text, flush=True)
        if made.status:
            print(f"{name}: status {made.status}, not kept", file=sys.stderr)
            continue
        _kept(name).write_text(json.dumps(asdict(made), indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def run(bench: Bench, peers: str = "") -> Made:
    """Runs a bench from the root of the project and gives what it printed."""
    words = [f"bench/{bench.script}", *bench.words]
    words += ["--peers-python", peers] if peers and bench.has_peers else []
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1", "COLUMNS": "150"}
    ended = subprocess.run(
        [sys.executable, *words], cwd=BENCH.parent, env=env, stdout=subprocess.PIPE,
        text=True, check=False,
    )  # fmt: skip
    return Made(
        "\n".join(line.rstrip() for line in ended.stdout.strip("\n").split("\n")),
        " ".join(["python", *(PEERS if word == peers else word for word in words)]),
        datetime.now(UTC).date().isoformat(),
        machine(),
        versions(),
        ended.returncode,
    )


def machine() -> str:
    """Gives processor and cores; no name of the machine."""
    found = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        models = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        found = models[0].partition(":")[2].strip() if models else found
    return f"{found}, {len(os.sched_getaffinity(0))} cores, {platform.system()}"


def versions() -> str:
    """Gives Python and the packages that matter."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def page() -> str:
    """Gives RESULTS.md: a part for each bench that was run, and what was not."""
    parts = [
        "# What was measured",
        "Made by `make bench`, which goes on where it was stopped. Each part has its own date,"
        " machine and versions. Where times are compared they are ratios within one run.",
    ]
    missing = [name for name in BENCHES if not _kept(name).exists()]
    for name, bench in BENCHES.items():
        if name not in missing:
            parts += _part(name, bench, Made(**json.loads(_kept(name).read_text("utf-8"))))
    if missing:
        parts += ["## Not run yet", *(f"- {name}: {BENCHES[name].asks}" for name in missing)]
    return "\n\n".join(parts).replace("\n\n- ", "\n- ") + "\n"


def _part(name: str, bench: Bench, made: Made) -> Sequence[str]:
    return (
        f"## {name}",
        bench.asks,
        f"```text\n{made.text}\n```",
        f"`{made.command}`, {_when(bench)}{made.date}; {made.machine}; {made.versions}."
        f" Not covered: {bench.open_yet}",
    )


def _when(bench: Bench) -> str:
    """Results that are kept case by case may be older than the table of them."""
    if "--out" not in bench.words:
        return ""
    return "printed from cases whose date and machine bench/results/README.md tells, "


def _kept(name: str) -> Path:
    return PRINTED / f"{name}.json"


def parse() -> argparse.Namespace:
    """Gives the options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], metavar="BENCH")
    parser.add_argument("--peers-python", default="", help="Python that has the peers")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
