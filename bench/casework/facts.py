"""Which facts each planted case must show, by their codes (from the project's list of cases)."""

from __future__ import annotations

from typing import Any

from valgap.ranking import STANDING

# The main cause first. Left out are the facts that CASES.md ties to something that the planted
# form has not: a starved rate (FIT118), a head that was changed (MOD101, MOD102), VGG16's own
# preprocessing (MOD123); each has a script or a test of its own.
FACTS: dict[str, tuple[str, ...]] = {
    "overfit-sequences": ("MOD105", "MOD125", "DAT206", "EVL104", "MOD128", "CUR101"),
    "plateau-attention": (
        *("MOD111", "MOD110", "MOD112", "DAT304", "MOD113", "FIT106", "EVL102", "EVL109"),
    ),
    "coin-toss-defects": ("MOD105", "FIT104", "FIT105", "EVL101", "EVL102"),
    "diverging-confidence": ("MOD108", "MOD109", "EVL104", "FIT113", "DAT206", "EVL101"),
    "volatile-frames": (*("MOD106", "CUR103", "DAT102", "DAT103", "EVL103", "DAT105", "FIT113"),),
}


def missing(case: str, report: dict[str, Any]) -> list[str]:
    """Gives the facts that the report does not tell, and the cause if it is not first."""
    told = {f["code"] for f in report["findings"] if f["status"] in (*STANDING, "harmless")}
    lacks = [code for code in FACTS[case] if code not in told]
    first = next(iter(report["findings"]), None)
    if first is None or first["code"] != FACTS[case][0] or first["status"] != "confirmed":
        lacks.insert(0, f"{FACTS[case][0]} first, confirmed")
    return lacks


def faults(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Gives the standing errors and warnings, in order of rank."""
    told = (f for f in report["findings"] if f["status"] in STANDING)
    return [f for f in told if f["severity"] != "note"]
