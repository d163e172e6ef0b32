"""Which facts each planted case must show, by their codes (from the project's list of cases)."""

from __future__ import annotations

from typing import Any

from valgap.ranking import STANDING

# What may stand first, and is to be confirmed then.
MAIN: dict[str, tuple[str, ...]] = {
    "overfit-sequences": ("MOD105", "MOD125"),
    "plateau-attention": ("MOD111",),
    "coin-toss-defects": ("FIT105", "MOD105"),
    "diverging-confidence": ("MOD108",),
    "volatile-frames": ("MOD106",),
}
# The facts of each. Left out are those that are tied to something that the planted form has not: a
# starved rate (FIT118), heads that were changed (MOD101, MOD102), wrong labels (DAT207), VGG16's
# own preprocessing (MOD123), and what is found only where it is there (EVL105, FIT119).
FACTS: dict[str, tuple[str, ...]] = {
    "overfit-sequences": (*("MOD105", "MOD125", "DAT206", "EVL104", "MOD128", "DAT103", "CUR101"),),
    "plateau-attention": (
        *("MOD111", "MOD110", "MOD112", "DAT304", "MOD113", "FIT106", "EVL102", "EVL107"),
        *("DAT205", "EVL109"),
    ),
    "coin-toss-defects": ("FIT105", "MOD105", "MOD122", "FIT104", "EVL101", "EVL102"),
    "diverging-confidence": ("MOD108", "MOD109", "EVL104", "FIT113", "DAT206", "EVL101"),
    "volatile-frames": (*("MOD106", "CUR103", "DAT102", "DAT103", "DAT105", "EVL103", "FIT113"),),
}


# A best epoch can be lost only where the last one is worse, by 5 % of the loss.
WORSE = 1.05


def is_there(code: str, report: dict[str, Any]) -> bool:
    """Tells whether a fact that hangs on how the fit ended is there to be found."""
    if code != "FIT113":
        return True
    losses = [v for v in report["fits"][-1]["history"]["val_loss"] if v is not None]
    return bool(losses[-1] > WORSE * min(losses))


def missing(case: str, report: dict[str, Any]) -> list[str]:
    """Gives the facts that the report does not tell, and the cause if it is not first."""
    told = {f["code"] for f in report["findings"] if f["status"] in (*STANDING, "harmless")}
    lacks = [code for code in FACTS[case] if code not in told and is_there(code, report)]
    first = next(iter(report["findings"]), None)
    if first is None or first["code"] not in MAIN[case] or first["status"] != "confirmed":
        lacks.insert(0, f"{MAIN[case][0]} first, confirmed")
    return lacks


def faults(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Gives the standing errors and warnings, in order of rank."""
    told = (f for f in report["findings"] if f["status"] in STANDING)
    return [f for f in told if f["severity"] != "note"]


def to_confirm(case: str, report: dict[str, Any]) -> list[str]:
    """Gives the codes of the main cause that were found and had too short a time to be settled."""
    own = [f for f in report["findings"] if f["code"] in MAIN[case]]
    if any(f["status"] == "confirmed" for f in own):
        return []
    return [f["code"] for f in own if f["status"] in ("suspected", "inconclusive")]
