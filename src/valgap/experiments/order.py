"""Which findings are put to the test, by which experiment, and in which order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from valgap.experiments.arms import Direction, Trainable, parts_of
from valgap.finding import Finding

# What is worth a test: a leading suspect is right in about so many cases (bench/diagnosis), the
# ones behind it in half as many each.
FIRST, NEXT = 0.8, 0.5
# Rivals of any cause, tried where no other suspect is there: none of them settles the code.
RIVALS = ("rate-lowered", "larger-model", "smaller-model", "more-epochs")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One finding, and the experiments that take its cause away; `worth` is told a second."""

    finding: Finding
    experiments: tuple[Trainable, ...]
    worth: float

    @property
    def direction(self) -> Direction:
        """Where the figure is to go when the cause is taken away."""
        return self.experiments[0].direction

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of all ways to take the cause away."""
        return tuple(
            e.arm(option) for e in self.experiments for option in _options(e, self.finding)
        )

    def experiment_of(self, arm: str) -> Trainable:
        """Gives back the experiment that an arm belongs to."""
        return next(e for e in self.experiments if e.name == parts_of(arm)[0])


def candidates_of(
    findings: Sequence[Finding], experiments: Sequence[Trainable], codes: Sequence[str]
) -> list[Candidate]:
    """Gives back the tests to make, those first that tell most a second.

    Without `codes` they are of errors and warnings that are suspected. What is told is the
    entropy of the guess that the finding is right; what it costs, fits as long as the
    recorded one.
    """
    chosen = [f for f in findings if _is_asked_for(f, codes)]
    found = []
    for place, finding in enumerate(chosen):
        settling = [e for e in experiments if finding.code in e.settles and e.applies(finding)]
        if settling:
            ways = tuple(e for e in settling if e.direction == settling[0].direction)
            cost = 1 + sum(e.costs * len(_options(e, finding)) for e in ways)
            found.append(Candidate(finding, ways, _entropy(FIRST * NEXT**place) / cost))
    return sorted(found, key=lambda t: -t.worth)


def rival_of(
    test: Candidate,
    tests: Sequence[Candidate],
    experiments: Sequence[Trainable],
    screened: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Gives back arms of rival causes: of the other suspects, else a plain one.

    Of another suspect it is the best way to take it away that was screened, by its code. An
    experiment that takes the cause away as well, as a part of what it does, says nothing
    against it, nor does one that is such a part.
    """
    own = {e.name for e in experiments if test.finding.code in e.settles}
    others = [screened.get(t.finding.code, t.arms[0]) for t in tests if t is not test]
    plain = [e.arm(e.options[0]) for name in RIVALS for e in experiments if e.name == name]
    akin = own | _akin(own, experiments)
    names = dict.fromkeys(parts_of(arm)[0] for arm in (*others, *plain))
    best = {parts_of(arm)[0]: arm for arm in (*plain, *others)}  # of suspects, what was screened
    return [best[name] for name in names if name not in akin]


def _akin(own: set[str], experiments: Sequence[Trainable]) -> set[str]:
    """The experiments that contain one of these, or are contained in one."""
    inside = {name for e in experiments if e.name in own for name in e.contains}
    return inside | {e.name for e in experiments if own & set(e.contains)}


def _is_asked_for(finding: Finding, codes: Sequence[str]) -> bool:
    if codes:
        return finding.code in codes or finding.name in codes
    return finding.status == "suspected" and finding.severity != "note"


def _options(experiment: Trainable, finding: Finding) -> tuple[str, ...]:
    told = experiment.option_of(finding) if experiment.option_of else None
    return experiment.options if told is None else (told,)


def _entropy(p: float) -> float:
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)
