"""Many checks run at once: what chance alone would throw up among them is no fault.

A finding that rests on an estimate fires where its 95 % interval clears a threshold. Of ninety
such tests on a healthy run four or five would fire. So the errors and warnings of one run are
held to a family-wise error rate of 1 % by Holm's method, over all the checks that were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import NormalDist

from valgap.case import finite
from valgap.finding import Finding

# DESIGN section 6: the false-alarm rate of a whole run.
RUN_WIDE = 0.01
_Z95 = NormalDist().inv_cdf(0.975)


def controlled(findings: Iterable[Finding], made: int) -> tuple[Finding, ...]:
    """Gives back the findings, those within what chance throws up turned into notes.

    Holm, A simple sequentially rejective multiple test procedure, 1979.

    Args:
        findings: what all checks found in one fit.
        made: how many checks were made.
    """
    found = list(findings)
    tested = [(p, i) for i, f in enumerate(found) if (p := p_value(f)) is not None]
    hypotheses = max(made, len(tested))
    holds = True
    for rank, (p, i) in enumerate(sorted(tested)):
        holds = holds and p <= RUN_WIDE / (hypotheses - rank)
        if not holds:
            found[i] = _as_note(found[i], hypotheses)
    return tuple(found)


def p_value(finding: Finding) -> float | None:
    """Gives back the one-sided probability of an estimate so far beyond its threshold.

    From the 95 % interval, taken as normal on the side that faces the threshold; None where a
    finding is a note, or rests on a fact and not on an estimate with an interval.
    """
    seen, threshold = finding.observed, finding.expected.value
    if finding.severity == "note" or not (finite(seen.value) and finite(threshold)):
        return None
    if not (finite(seen.low) and finite(seen.high)):
        return None
    facing = seen.value - seen.low if seen.value > threshold else seen.high - seen.value
    beyond = abs(seen.value - threshold)
    if facing <= 0:
        return None if beyond == 0 else 0.0
    return 1 - NormalDist().cdf(beyond / (facing / _Z95))


def _as_note(finding: Finding, hypotheses: int) -> Finding:
    line = f"of {hypotheses} checks at once, chance alone may reach this: a note, no warning"
    return replace(finding, severity="note", evidence=(*finding.evidence, line))
