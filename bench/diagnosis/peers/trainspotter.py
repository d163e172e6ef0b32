"""trainspotter: nine detectors on loss curves."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer, command


def read(printed: str) -> list[tuple[str, str]]:
    """Gives detector and severity in the order in which they are reported."""
    return [(each["detector"], each["severity"]) for each in json.loads(printed)["findings"]]


PEER = Peer(
    "trainspotter",
    command("trainspotter.cli", "analyze", "log.csv", "--output", "json"),
    read,
    {
        "divergence": "FIT101 FIT112 CUR105",
        "eval_noise": "EVL101 CUR103",
        "loss_floor": "DAT107 DAT101",
        "lr_schedule": "FIT101 FIT118",
        "overfitting": OVERFITTING,
        "plateau": "CUR104 CUR106 FIT102",
        "spikes": "FIT101",
    },
)
