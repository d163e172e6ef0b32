"""finetune-doctor: reads the state of a Hugging Face trainer, made here from the same log."""

from __future__ import annotations

import json

from diagnosis.peers.peer import OVERFITTING, Peer

SEVERITY = {"CRITICAL": "error", "WARNING": "warning"}
SILENT = {"no_eval", "rl_run"}


def read(printed: str) -> list[tuple[str, str]]:
    """Gives check and severity in the order in which they are reported."""
    found = json.loads(printed)["findings"]
    return [
        (each["check"], SEVERITY.get(each["severity"], "note"))
        for each in found
        if each["severity"] != "OK" and each["check"] not in SILENT
    ]


# An epoch becomes a step; `val_` becomes `eval_`.
CODE = """
import csv, json, sys
rows = []
for row in csv.DictReader(open("log.csv")):
    step = int(float(row.pop("epoch"))) + 1
    figures = {name: float(value) for name, value in row.items() if value}
    train = {name: value for name, value in figures.items() if not name.startswith("val_")}
    held = {"eval_" + name[4:]: figures[name] for name in figures if name.startswith("val_")}
    rows += [{"epoch": step, "step": step, **part} for part in (train, held) if part]
last = rows[-1]["step"]
state = {"log_history": rows, "global_step": last, "epoch": last, "max_steps": last}
json.dump(state, open("trainer_state.json", "w"))
from finetune_doctor.cli import main
main(["diagnose", "trainer_state.json", "-f", "json"])
"""

PEER = Peer(
    "finetune-doctor",
    CODE,
    read,
    {
        "overfitting": OVERFITTING,
        "stopped_improving": "FIT113 CUR104",
        "metric_disagreement": "EVL105",
        "loss_degenerate": "FIT112 FIT101 DAT305 MOD102",
        "not_learning": "CUR106 FIT102 FIT101",
        "loss_spikes": "FIT101",
        "lr_schedule": "FIT118",
        "no_eval": "",
    },
)
