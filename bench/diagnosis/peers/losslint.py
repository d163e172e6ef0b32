"""losslint: a linter of loss curves."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer, command


def read(printed: str) -> list[tuple[str, str]]:
    """Gives check and severity, errors first."""
    order = ("error", "warning", "info")
    found = [(each["check"], each["severity"]) for each in json.loads(printed)["findings"]]
    return sorted(found, key=lambda each: order.index(each[1]))


PEER = Peer(
    "losslint",
    command(
        "losslint.cli", "check", "log.csv", "--format", "json",
        "--loss-col", "loss", "--eval-loss-col", "val_loss",
    ),
    read,
    {
        "nan_inf": "FIT112",
        "divergence": "FIT101",
        "loss_spike": "FIT101",
        "overfit_onset": OVERFITTING,
        "stagnation": "CUR104 CUR106",
    },
)  # fmt: skip
