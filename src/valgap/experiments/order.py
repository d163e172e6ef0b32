"""Which findings are put to the test, by which experiment, and in which order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from valgap.experiments.arms import Trainable
from valgap.finding import Finding

# What is worth a test: a leading suspect is right in about so many cases (bench/diagnosis), the
# ones behind it in half as many each.
FIRST, NEXT = 0.8, 0.5
# Rivals of any cause, tried where no other suspect is there: none of them settles the code.
RIVALS = ("rate-lowered", "larger-model", "smaller-model", "more-epochs")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One finding, the experiment on it, and the ways to take its cause away."""

    finding: Finding
    experiment: Trainable
    options: tuple[str, ...]
    worth: float

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of the ways."""
        return tuple(self.experiment.arm(option) for option in self.options)


def candidates_of(
    findings: Sequence[Finding], experiments: Sequence[Trainable], codes: Sequence[str] = ()
) -> list[Candidate]:
    """Gives back the tests to make, those first that tell most a second.

    Without `codes` they are of errors and warnings that are suspected. What is told is the
    entropy of the guess that the finding is right; what it costs, fits as long as the
    recorded one.
    """
    chosen = [f for f in findings if _is_asked_for(f, codes)]
    found = []
    for place, finding in enumerate(chosen):
        guess = FIRST * NEXT**place
        for experiment in experiments:
            if finding.code in experiment.settles:
                options = _options(experiment, finding)
                cost = experiment.costs * (1 + len(options))
                found.append(Candidate(finding, experiment, options, _entropy(guess) / cost))
    best: dict[int, Candidate] = {}
    for test in sorted(found, key=lambda t: -t.worth):
        best.setdefault(test.finding.rank, test)
    return list(best.values())


def rival_of(
    test: Candidate, tests: Sequence[Candidate], experiments: Sequence[Trainable]
) -> list[str]:
    """Gives back arms of rival causes: of the other suspects, else a plain one."""
    code = test.finding.code
    others = [t.arms[0] for t in tests if t is not test and code not in t.experiment.settles]
    plain = [
        e.arm(e.options[0])
        for name in RIVALS
        for e in experiments
        if e.name == name and code not in e.settles and e.name != test.experiment.name
    ]
    return [*others, *plain]


def _is_asked_for(finding: Finding, codes: Sequence[str]) -> bool:
    if codes:
        return finding.code in codes or finding.name in codes
    return finding.status == "suspected" and finding.severity != "note"


def _options(experiment: Trainable, finding: Finding) -> tuple[str, ...]:
    told = experiment.option_of(finding) if experiment.option_of else None
    return experiment.options if told is None else (told,)


def _entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)
