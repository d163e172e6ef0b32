"""losslint: a linter of loss curves."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer


def read(printed: str) -> list[tuple[str, str]]:
    """Gives check and severity, errors first."""
    order = ("error", "warning", "info")
    found = [(each["check"], each["severity"]) for each in json.loads(printed)["findings"]]
    return sorted(found, key=lambda each: order.index(each[1]))


# The name of a column may be given only where the log has it.
CODE = """
import sys
names = open("log.csv").readline().strip().split(",")
sys.argv[1:] = ["check", "log.csv", "--format", "json", "--loss-col", "loss"]
if "val_loss" in names:
    sys.argv += ["--eval-loss-col", "val_loss"]
from losslint.cli import main
main()
"""

PEER = Peer(
    "losslint",
    CODE,
    read,
    {
        "nan_inf": "FIT112",
        "divergence": "FIT101",
        "loss_spike": "FIT101",
        "overfit_onset": OVERFITTING,
        "stagnation": "CUR104 CUR106",
    },
)
