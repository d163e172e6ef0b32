"""Who reads the logs: `valgap read`, a plain rule, and peers where they are installed."""

from __future__ import annotations

import csv
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from diagnosis.peers.peer import Peer

from logread.made import Curves
from valgap.cli.main import main
from valgap.observe.logs.find import find_logs
from valgap.reading.read import read
from valgap.reading.records import Reading

# A tenth above its lowest, or half as high again as training: what tutorials teach.
RISES, APART = 1.1, 1.5


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one log; `peers` by name, with whether each said overfitting."""

    cause: str
    name: str
    states: tuple[str, ...]
    verdict: bool
    names_command: bool
    is_whole: bool
    rule: bool
    peers: dict[str, bool | None]


def told(cause: str, name: str, curves: Curves, peers: list[Peer], python: str) -> Told:
    """Writes the curves as Keras' CSVLogger does, and lets all read them."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(curves, folder / "log.csv")
        text = printed(folder / "log.csv")
        reading = read(find_logs([str(folder / "log.csv")]).logs[0])
        said = {peer.name: _says_overfitting(peer, folder, python) for peer in peers}
    states = tuple(state.code or state.name for state in reading.states)
    verdict = re.search("overfit", text, re.IGNORECASE) is not None or "CUR101" in states
    command = "valgap run train.py" in text
    return Told(cause, name, states, verdict, command, _is_whole(reading), plain_rule(curves), said)


def write(curves: Curves, path: Path) -> None:
    """Writes a table by epoch, from 0."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *curves])
        for epoch, row in enumerate(zip(*curves.values(), strict=True)):
            writer.writerow([epoch, *map(float, row)])


def printed(path: Path) -> str:
    """Gives what the command prints.

    Raises:
        RuntimeError: if it fails.
    """
    out = path.with_suffix(".md")
    status = main(["read", str(path), "--format", "markdown", "-o", str(out)])
    if status != 0:
        raise RuntimeError(f"valgap read ended with {status}")
    return out.read_text(encoding="utf-8")


def _is_whole(reading: Reading) -> bool:
    """Says whether best epoch, noise band and trends since the best are all told."""
    pair = reading.main
    if pair is None or pair.best is None or pair.since_best is None:
        return False
    return pair.noise_validation is not None and pair.optimism is not None


def plain_rule(curves: Curves) -> bool:
    """Says overfitting where validation loss has risen while training fell, or lies far above."""
    loss, held_out = curves["loss"], curves["val_loss"]
    best = int(held_out.argmin())
    rises = held_out[-1] > RISES * held_out[best] and loss[-1] < loss[best]
    return bool(rises or held_out[-1] > APART * loss[-1])


def _says_overfitting(peer: Peer, folder: Path, python: str) -> bool | None:
    found = peer.diagnose(folder, python)
    if isinstance(found, str):
        return None
    return any("CUR101" in each.codes for each in found)
