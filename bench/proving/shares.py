"""What the results of all scripts come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

STATUSES = ("confirmed", "inconclusive", "harmless", "refuted")
LET_GO = ("harmless", "refuted")
# Fewer pairs cannot confirm anything.
ENOUGH = 6

Verdict = dict[str, Any]
Result = dict[str, Any]


def shares(results: list[Result]) -> list[tuple[str, int, int]]:
    """Gives back what is counted, how often it was so, and of how many.

    Verdicts count where the oracle says something of them. Decoys count where they are harmless
    by their own pairs or by the oracle's: one that turns out to be a cause is none.
    """
    own = _verdicts(results, decoy=False)
    asked = [v for v in own if v["true"] is not None]
    confirmed, known = (_of(asked, status) for status in ("confirmed", "evidence"))
    let_go = _of(asked, *LET_GO)
    decoys = [
        v for v in _verdicts(results, decoy=True) if v["status"] == "harmless" or v["true"] is False
    ]
    tested = [v for v in decoys if v["status"] != "inconclusive" or v["pairs"] >= ENOUGH]
    short = [v for v in asked if v["proxy"]]
    return [
        ("planted cause first, before the experiments", _true(results, "before"), len(results)),
        ("planted cause first, after them", _true(results, "first"), len(results)),
        ("confirmed verdicts that the oracle bears out", _true(confirmed), len(confirmed)),
        ("first findings that evidence confirmed, borne out", _true(known), len(known)),
        ("harmless or refuted, and the oracle agrees", _false(let_go), len(let_go)),
        ("decoys not confirmed", len(decoys) - len(_of(decoys, "confirmed")), len(decoys)),
        ("of these, tested to the end", len(tested) - len(_of(tested, "confirmed")), len(tested)),
        ("shortened fits that say what whole ones do", sum(map(_agree, short)), len(short)),
    ]


def counts(results: list[Result]) -> Iterator[str]:
    """Yields how many suspects came out in which way."""
    own = [v for v in _verdicts(results, decoy=False) if v["status"] in STATUSES]
    for status in STATUSES:
        yield f"{status}: {len(_of(own, status))} of {len(own)} suspects"


def contradicted(results: list[Result]) -> Iterator[str]:
    """Yields each verdict on a suspect of which the oracle says otherwise."""
    for r in results:
        for v in r["verdicts"]:
            wrong = {"confirmed": False, "evidence": False, "harmless": True, "refuted": True}
            if not v["decoy"] and v["true"] is not None and v["true"] is wrong.get(v["status"]):
                told = f"{r['name']} {v['code']} {v['status']} {v['experiment']}"
                yield f"contradicted: {told}, effect {v['oracle']:+.3f}, matters {v['delta']:.3f}"


def _verdicts(results: Iterable[Result], *, decoy: bool) -> list[Verdict]:
    return [v for r in results for v in r["verdicts"] if v["decoy"] is decoy]


def _of(verdicts: Iterable[Verdict], *statuses: str) -> list[Verdict]:
    return [v for v in verdicts if v["status"] in statuses]


def _true(items: Iterable[dict[str, Any]], key: str = "true") -> int:
    return sum(item[key] is True for item in items)


def _false(items: Iterable[dict[str, Any]]) -> int:
    return sum(item["true"] is False for item in items)


def _agree(verdict: Verdict) -> bool:
    """Whether both lie on the same side of what matters, or neither beyond it."""
    return _side(verdict["effect"], verdict["delta"]) == _side(verdict["oracle"], verdict["delta"])


def _side(effect: float, delta: float) -> int:
    return 0 if abs(effect) <= delta else 1 if effect > 0 else -1
