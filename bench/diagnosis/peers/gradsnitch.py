"""gradsnitch: ten rules; an epoch counts as 100 steps, so that its patience can run out."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer

CODE = """
import csv, json
import gradsnitch
rows = list(csv.DictReader(open("log.csv")))
with open("steps.csv", "w") as out:
    print("step,train_loss,val_loss", file=out)
    for row in rows:
        step = 100 * (int(float(row["epoch"])) + 1)
        print(step, row["loss"], row.get("val_loss", ""), sep=",", file=out)
print(json.dumps([[each.code, each.severity] for each in gradsnitch.lint_csv("steps.csv")]))
"""


def read(printed: str) -> list[tuple[str, str]]:
    """Gives rule and severity in the order in which they are reported."""
    names = {"error": "error", "warning": "warning"}
    return [(rule, names.get(severity, "note")) for rule, severity in json.loads(printed)]


PEER = Peer(
    "gradsnitch",
    CODE,
    read,
    {
        "GS001": "FIT112 FIT101 DAT305",
        "GS004": OVERFITTING,
        "GS005": "CUR104 CUR106 FIT102",
        "GS006": "FIT101",
        "GS009": "FIT101 FIT107",
    },
)
