"""runmedic: thirteen checks on the series of a log."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer, command

SEVERITY = {"critical": "error", "warning": "warning", "info": "note"}


def read(printed: str) -> list[tuple[str, str]]:
    """Gives check and severity in the order in which they are reported."""
    runs = json.loads(printed)
    return [(each["check"], SEVERITY[each["severity"]]) for each in runs[0]["findings"]]


PEER = Peer(
    "runmedic",
    command("runmedic.cli", "diagnose", "log.csv", "--json"),
    read,
    {
        "non_finite": "FIT112 FIT101 DAT305",
        "divergence": "FIT101",
        "no_learning": "CUR106 FIT102 DAT208",
        "loss_spikes": "FIT101",
        "overfitting": OVERFITTING,
        "val_below_train": "CUR107 EVL104 DAT101",
        "constant_lr_plateau": "CUR104",
    },
)
