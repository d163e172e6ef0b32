"""What the bench prints."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from diagnosis.case import Truth
from diagnosis.peers.peer import Peer
from diagnosis.running import Result
from diagnosis.said import Said
from diagnosis.scoring import (
    alarms,
    alarms_by_check,
    found,
    names_cause,
    unsupported,
    wilson,
)

Pairs = Sequence[tuple[Result, Truth]]

# Printed under the set that they belong to, and under no other.
ANCHORS = {
    "planted": "published, other planted causes: nine readers of logs, 17 causes: most name 1",
    "published": """\
published, other real faults: best tool on 52 programs 63.5 % diagnosed (DEFault, ICSE 2025)
published, other real faults: DeepFD in an independent re-test, recall .33""",
}
ANCHORS["held-out"] = ANCHORS["published"]


def show(console: Console, pairs: Pairs, peers: Sequence[Peer]) -> None:
    """Prints everything: scores, false alarms, misses, time."""
    console.print(scores(pairs, peers))
    for part in dict.fromkeys(set_of(truth) for _, truth in pairs):
        if part in ANCHORS:
            console.print(ANCHORS[part], highlight=False)
    console.print(families(pairs))
    console.print(checks(pairs))
    show_misses(console, pairs)
    show_alarms(console, pairs)
    show_failures(console, pairs)
    console.print(times(pairs))


def said_by(result: Result, tool: str) -> Sequence[Said] | None:
    """Gives what valgap or a peer said; None where it could not read the run."""
    if tool == "valgap":
        return result.said
    heard = result.peers.get(tool)
    return None if heard is None or isinstance(heard, str) else heard


def scores(pairs: Pairs, peers: Sequence[Peer]) -> Table:
    """Gives a row a tool and set: causes first, among three, quiet runs, false alarms."""
    table = Table(
        "set", "tool", "first", "among three", "runs with a false alarm", "alarms", "read"
    )
    for part in dict.fromkeys(set_of(truth) for _, truth in pairs):
        chosen = [each for each in pairs if set_of(each[1]) == part]
        for tool in ("valgap", *(peer.name for peer in peers)):
            table.add_row(part, tool, *score(chosen, tool))
    return table


def score(pairs: Pairs, tool: str) -> tuple[str, ...]:
    """Gives the figures of one tool on one set; what it could not read counts as a miss."""
    heard = [(said_by(result, tool), truth) for result, truth in pairs]
    read = f"{sum(said is not None for said, _ in heard)} of {len(heard)}"
    said = [(each or (), truth) for each, truth in heard]
    caused = [each for each in said if each[1].true]
    loud = [len(alarms(each)) for each, truth in said if not truth.true]
    first, among = (str(found(caused, 1)), str(found(caused, 3))) if caused else ("", "")
    false = str(wilson(sum(each > 0 for each in loud), len(loud))) if loud else ""
    return first, among, false, str(sum(loud)) if loud else "", read


def set_of(truth: Truth) -> str:
    """Gives the name of the set, the set-aside half apart."""
    if truth.set == "fresh":
        return "fresh-final" if truth.held_out else "fresh"
    return "held-out" if truth.held_out else truth.set


def families(pairs: Pairs) -> Table:
    """Gives the share found first and among three for each family of causes."""
    table = Table("set", "family", "first", "among three")
    groups: dict[tuple[str, str], list[tuple[Sequence[Said], Truth]]] = defaultdict(list)
    for result, truth in pairs:
        for family in {code[:3] for code in truth.true}:
            groups[set_of(truth), family].append((result.said, truth))
    for (part, family), group in sorted(groups.items()):
        table.add_row(part, family, str(found(group, 1)), str(found(group, 3)))
    return table


def checks(pairs: Pairs) -> Table:
    """Gives a row for each check that raised an alarm where none was right."""
    sound = [result for result, truth in pairs if not truth.true]
    false = alarms_by_check(sound)
    stray: Counter[str] = Counter(
        code
        for result, truth in pairs
        if truth.true
        for code in {code for each in unsupported(result.said, truth) for code in each.codes}
    )
    table = Table("check", "false alarms, rate in sound runs", "beside another cause, unsupported")
    for code in sorted(false.keys() | stray.keys()):
        table.add_row(code, str(wilson(false[code], len(sound))), str(stray[code]))
    return table


def show_misses(console: Console, pairs: Pairs) -> None:
    """Prints every run whose cause did not come first, and what was said instead."""
    for result, truth in pairs:
        if truth.true and not names_cause(result.said, truth, 1):
            third = "among three" if names_cause(result.said, truth, 3) else "missed"
            console.print(
                f"{third}: {result.name} seed {result.seed}: {'/'.join(sorted(truth.true))}"
            )
            for each in result.said[:3]:
                console.print(
                    f"    said {each.severity}[{each.codes[0]}] {each.message}", markup=False
                )
            if true_but_harmless := truth.true & set(result.harmless):
                console.print(f"    said to be harmless: {' '.join(sorted(true_but_harmless))}")


def show_alarms(console: Console, pairs: Pairs) -> None:
    """Prints every error and warning of a sound run."""
    for result, truth in pairs:
        if not truth.true:
            for each in alarms(result.said):
                words = f"{each.severity}[{each.codes[0]}] {each.message}"
                console.print(
                    f"false alarm: {result.name} seed {result.seed}: {words}", markup=False
                )


def show_failures(console: Console, pairs: Pairs) -> None:
    """Prints runs without a report, and checks that crashed."""
    for result, _ in pairs:
        if result.failed:
            console.print(
                f"no report: {result.name} seed {result.seed}: {result.failed}", markup=False
            )
        if result.crashed:
            console.print(f"crashed: {result.name} seed {result.seed}: {' '.join(result.crashed)}")


def times(pairs: Pairs) -> Table:
    """Gives the time a case took, with the fit and the ledger apart."""
    table = Table("seconds a case", "median", "most")
    for name, of in (
        ("all", [result.seconds for result, _ in pairs]),
        ("fit", [result.fit_seconds or 0.0 for result, _ in pairs]),
        ("outside the fit", [result.seconds - (result.fit_seconds or 0.0) for result, _ in pairs]),
        ("of that the ledger", [result.ledger_seconds or 0.0 for result, _ in pairs]),
    ):
        table.add_row(name, f"{statistics.median(of):.1f}", f"{max(of):.1f}")
    return table
