"""trainproof: deterministic rules on the log of a run."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer, command

SEVERITY = {"FAIL": "error", "WARN": "warning"}
SILENT = {"TP-PASS", "TP-NOT-CHECKED"}


def read(printed: str) -> list[tuple[str, str]]:
    """Gives rule and severity in the order in which they are reported."""
    found = json.loads(printed)["reports"][0]["findings"]
    return [
        (each["id"], SEVERITY.get(each["level"], "note"))
        for each in found
        if each["id"] not in SILENT
    ]


PEER = Peer(
    "trainproof",
    command(
        "trainproof.cli", "epoch", "log.csv", "--json",
        "--map", "loss=loss", "--map", "eval_loss=val_loss",
    ),
    read,
    {
        "TP-NAN": "FIT112 DAT305",
        "TP-DIVERGE": "FIT101",
        "TP-FLAT": "CUR106 FIT102",
        "TP-DEAD-RUN": "CUR106 FIT102",
        "TP-OVERFIT": OVERFITTING,
        "TP-ZERO-LOSS": "DAT107 MOD102",
        "TP-ZERO-LOSS-ONSET": "DAT107 MOD102",
    },
)  # fmt: skip
