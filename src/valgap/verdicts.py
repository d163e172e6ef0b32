"""Verdicts of experiments put on the findings that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from valgap.evidence.verdicts import VerdictRecord
from valgap.finding import Experiment, Finding
from valgap.wording import figure

# How checks say what is to be done yet.
_OPEN = re.compile(r"^what settles it|would (be )?settled? (it|by)")


def with_verdicts(
    findings: Iterable[Finding], verdicts: Sequence[VerdictRecord]
) -> tuple[Finding, ...]:
    """Gives back the findings, those that were put to the test with what came of it."""
    known = {(v.fit, v.code, v.layer): v for v in verdicts}
    return tuple(_told(f, known.get((f.fit, f.code, f.scope.layer))) for f in findings)


def _told(finding: Finding, verdict: VerdictRecord | None) -> Finding:
    if verdict is None:
        return finding
    if verdict.effect is None:
        return replace(finding, evidence=(*finding.evidence, f"not settled: {verdict.reason}"))
    return replace(
        finding,
        status=verdict.status,
        experiment=Experiment(
            name=verdict.experiment,
            varied=verdict.varied,
            held=verdict.held,
            pairs=verdict.pairs,
            effect=verdict.effect,
            low=verdict.low,
            high=verdict.high,
            seconds=verdict.seconds,
            excluded=verdict.excluded,
            of="fits",
            figure=verdict.figure,
            before=verdict.before,
            after=verdict.after,
            delta=verdict.delta,
            p=verdict.p,
            proxy=verdict.proxy,
            reason=verdict.reason,
        ),
        evidence=(*_without_what_settles(finding), *_lines(verdict)),
    )


def _without_what_settles(finding: Finding) -> tuple[str, ...]:
    return tuple(line for line in finding.evidence if not _OPEN.search(line))


def _lines(verdict: VerdictRecord) -> list[str]:
    option = f" ({verdict.option})" if verdict.option else ""
    proxy = f", {verdict.proxy}" if verdict.proxy else ""
    told = (
        f"{verdict.varied}{option}: {verdict.figure} {figure(verdict.before)} becomes "
        f"{figure(verdict.after)}{proxy}"
    )
    return [told, verdict.reason]
