"""The experiments on one fit: screened on one seed, judged on others, within a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from valgap.evidence.trials import TrialRecord
from valgap.evidence.verdicts import VerdictRecord
from valgap.experiments.arms import Direction, Trainable, parts_of
from valgap.experiments.extrapolate import at_rows
from valgap.experiments.lab import Ask, Lab
from valgap.experiments.order import Candidate, candidates_of, rival_of
from valgap.experiments.trial import PATIENT
from valgap.experiments.verdict import (
    NORMAL,
    Pairs,
    behind_reference,
    deficit_of,
    is_excluded,
    judged,
    over_rows,
    pairs_needed,
    pairs_of,
)
from valgap.finding import Finding

# One seed chooses among options and experiments; it judges nothing.
SCREEN = 0
# More seeds than any inquiry makes, and fewer than the oracle of bench/proof begins with.
MOST_SEEDS = 100
# Pairs after which a cause that changes nothing is let go; points of a curve get as many.
EARLY, OF_A_POINT, MOST_RIVALS = 3, 3, 2
# The experiment whose arms are points of a learning curve in rows, and its further point.
CURVE, QUARTER = "rows-halved", "quarter"
# The finding that a handful of rows fitted to the end says more of.
OF_CAPACITY, HANDFUL = "MOD119", "handful-fitted"
# Skill by which a fit made again may differ from the recorded one: a tenth, or the spread of
# seeds, which one recorded seed may lie off by, with the error of so few rows.
FAR_OFF, SPREADS = 0.1, 4.0
# Fits are not shortened below a quarter, or three epochs.
LEAST_SHARE, LEAST_EPOCHS = 0.25, 3
# The share of the time that a first whole fit may take.
MOST_TO_MEASURE = 0.25


@dataclass(slots=True)
class Inquiry:
    """All tests on one fit.

    `reach` is the skill that a cheap reference shows can be had,
    `recorded` what the recorded fit came to, where a fit made again must come near it.
    """

    lab: Lab
    experiments: Sequence[Trainable]
    until: float
    reach: float | None = None
    recorded: float | None = None
    epochs: int = 0
    tests: list[Candidate] = field(default_factory=list)
    best: dict[str, str] = field(default_factory=dict)

    def verdicts(
        self, findings: Sequence[Finding], codes: Sequence[str]
    ) -> Iterator[VerdictRecord]:
        """Yields what could be said in time of the findings that are put to the test."""
        self.tests = candidates_of(findings, self.experiments, codes)
        if not self.tests:
            return
        self.epochs = self._length()
        if not self.epochs:
            return
        screened = [(test, arm) for test in self.tests if (arm := self.screened(test))]
        self.best = {test.finding.code: arm for test, arm in screened}
        for test, arm in screened:
            yield self._judged(test, arm, len(screened))

    def _length(self) -> int:
        """How many epochs the fits have: all, or as many as there is time for; 0 for no pair.

        A whole fit is made to measure the time where the recorded one says that this is cheap.
        """
        whole, lab = self.lab.epochs, self.lab
        if lab.takes <= MOST_TO_MEASURE * self._left():
            lab.make([Ask(PATIENT, SCREEN, whole)])
        taken = lab.seconds() or lab.takes
        if not taken:
            return whole
        least = min(whole, max(LEAST_EPOCHS, math.ceil(LEAST_SHARE * whole)))
        if 2 / lab.workers * taken * least / whole > self._left():
            lab.notes.append(
                f"a fit takes {taken:.0f} s: there is no time for a pair of {least} epochs"
            )
            return 0
        fits = 3 * pairs_needed(1) + sum(len(t.arms) for t in self.tests)
        share = self._left() * lab.workers / (fits * taken)
        return whole if share >= 1 else min(whole, max(least, int(share * whole)))

    def screened(self, test: Candidate) -> str | None:
        """The best way to take a cause away, by one seed; None where there was no time."""
        asks = [Ask(arm, SCREEN, self.epochs) for arm in (PATIENT, *test.arms)]
        self.lab.make(asks)
        done = {a.arm: t for a in asks if (t := self.lab.known(a)) is not None}
        if PATIENT not in done or len(done) < 2:
            return None
        sign = -1 if test.direction == "down" else 1
        effects = {
            arm: sign * pairs.effect.value
            for arm, trial in done.items()
            if arm != PATIENT and (pairs := pairs_of([done[PATIENT]], [trial]))
        }
        return max(effects, key=lambda arm: effects[arm], default=test.arms[0])

    def _judged(self, test: Candidate, arm: str, claims: int) -> VerdictRecord:
        began, needed = time.monotonic(), pairs_needed(claims)
        found = self._paired(arm, EARLY)
        if found is not None and not self._changes_nothing(found, test):
            found = self._paired(arm, needed)
        rivals: list[tuple[str, Pairs]] = []
        if found is not None and not self._changes_nothing(found, test):
            rivals = self._rivals(test, found)
        record = self._record(test, arm, found, rivals, claims)
        if record.experiment == CURVE and record.status == "confirmed":
            record = replace(record, reason=f"{record.reason}{self._carried_on(arm)}")
        if test.finding.code == OF_CAPACITY and record.effect is not None:
            record = replace(record, reason=f"{record.reason}{self._handful()}")
        return replace(record, seconds=round(time.monotonic() - began, 3))

    def _carried_on(self, half: str) -> str:
        """What twice the rows would bring, from a quarter, a half and all of them."""
        quarter = f"{CURVE}:{QUARTER}"
        self.lab.make([Ask(quarter, s, self.epochs) for s in _seeds(OF_A_POINT)])
        scores = {
            rows: [t.score for t in self._trials(arm) if t.score is not None]
            for rows, arm in ((25, quarter), (50, half), (100, PATIENT))
        }
        told = at_rows(scores, 200)
        if told is None or told.low is None or told.high is None:
            return ""
        return (
            f"; of twice the rows {told.value:.2f} ({told.low:.2f} to {told.high:.2f}) is to come"
        )

    def _handful(self) -> str:
        """What the model as it is makes of a handful of rows, fitted to the end."""
        asks = [Ask(HANDFUL, s, self.lab.epochs) for s in _seeds(OF_A_POINT)]
        self.lab.make(asks)
        made = [t.score for a in asks if (t := self.lab.known(a)) and t.score is not None]
        return f"; sixteen rows alone come to {np.mean(made):.2f}" if made else ""

    def _changes_nothing(self, found: Pairs, test: Candidate) -> bool:
        """Whether a few pairs exclude the predicted effect already."""
        low, high = found.effect.low, found.effect.high
        if low is None or high is None:
            return False
        return (-low if test.direction == "down" else high) <= found.small

    def _rivals(self, test: Candidate, found: Pairs) -> list[tuple[str, Pairs]]:
        """Rival causes, until one makes up less than the cause does; a few at most.

        Of two causes that are both true each makes up for the other: that one is no straw man
        and no reason to stop at it.
        """
        tested: list[tuple[str, Pairs]] = []
        gain = abs(found.effect.value)
        for arm in rival_of(test, self.tests, self.experiments, self.best):
            pairs = self._paired(arm, len(found.patient))
            if pairs is None or len(pairs.patient) < 2:
                continue
            tested.append((arm, pairs))
            if is_excluded(pairs, test.direction, gain) or len(tested) == MOST_RIVALS:
                break
        return tested

    def _record(
        self,
        test: Candidate,
        arm: str,
        found: Pairs | None,
        rivals: Sequence[tuple[str, Pairs]],
        claims: int,
    ) -> VerdictRecord:
        experiment, option = parts_of(arm)
        record = VerdictRecord(
            fit=test.finding.fit,
            code=test.finding.code,
            layer=test.finding.scope.layer,
            experiment=experiment,
            option=option,
            varied=test.experiment_of(arm).varied,
            held=test.experiment_of(arm).held,
            status="inconclusive",
            reason=self._failure(arm),
            proxy=self._proxy(),
        )
        if found is None:
            return record
        deficit, way = self._deficit(found, rivals, test.direction), test.direction
        target = (deficit or 0.0) if way == "up" else abs(found.effect.value)
        excluded = tuple(name for name, pairs in rivals if is_excluded(pairs, way, target))
        status, reason = judged(found, way, deficit=deficit, excluded=excluded, claims=claims)
        if other := self._is_another_fit(found):
            status, reason = "inconclusive", other
        effect = found.effect
        return replace(
            record,
            status=status,
            reason=reason,
            figure=found.figure,
            pairs=len(found.patient),
            before=_shown(found, found.patient),
            after=_shown(found, found.remedied),
            effect=effect.value,
            low=effect.low,
            high=effect.high,
            p=found.p,
            delta=found.delta,
            deficit=deficit,
            excluded=excluded,
        )

    def _deficit(
        self, found: Pairs, rivals: Sequence[tuple[str, Pairs]], way: Direction
    ) -> float | None:
        """What there is to be had; where nothing is to change, by a reference alone."""
        if way == "same":
            return behind_reference(found, self.reach)
        return deficit_of(found, [p for _, p in rivals], self.reach)

    def _is_another_fit(self, found: Pairs) -> str | None:
        """Says so where the fit made again scores far from the recorded one, beyond its seeds."""
        if self.recorded is None or self._proxy() or found.figure != "skill":
            return None
        made = float(np.mean(found.patient))
        rows = NORMAL * found.by_chance * math.sqrt(max(0.0, 1 - self.recorded**2))
        spread = math.hypot(SPREADS * float(np.std(found.patient)), rows)
        if abs(made - self.recorded) <= max(FAR_OFF, spread):
            return None
        return f"the fit made again comes to {made:.2f}, the recorded one to {self.recorded:.2f}"

    def _paired(self, arm: str, n: int) -> Pairs | None:
        """Makes so many pairs of an arm; gives back all, but the one that chose it."""
        self.lab.make([Ask(a, s, self.epochs) for s in _seeds(n) for a in (PATIENT, arm)])
        patient, remedied = self._trials(PATIENT), self._trials(arm)
        found = pairs_of(patient, remedied)
        sound = [[t for t in side if t.error is None] for side in (patient, remedied)]
        return None if found is None else over_rows(found, sound[0][0], sound[1][0])

    def _trials(self, arm: str, first: int = SCREEN + 1) -> list[TrialRecord]:
        """The trials of an arm at the length of this inquiry, in the order of their seeds."""
        asks = (Ask(arm, seed, self.epochs) for seed in range(first, MOST_SEEDS))
        return [trial for ask in asks if (trial := self.lab.known(ask)) is not None]

    def _failure(self, arm: str) -> str:
        failed = [t for a in (PATIENT, arm) for t in self._trials(a, SCREEN) if t.error]
        if not failed and self.lab.known(Ask(arm, SCREEN + 1, self.epochs)):
            return "no figure that both sides have is a number"
        if not failed:
            return "there was no time for a pair"
        return f"trial {failed[0].arm}, seed {failed[0].seed}, failed: {failed[0].error}"

    def _proxy(self) -> str | None:
        if self.epochs >= self.lab.epochs:
            return None
        return f"fits of {self.epochs} of {self.lab.epochs} epochs"

    def _left(self) -> float:
        return max(0.0, self.until - time.monotonic())


def _shown(found: Pairs, side: Sequence[float]) -> float:
    """The mean of a side as it is read: losses stand with their sign turned in pairs."""
    return float(np.mean(side)) * (-1 if found.figure == "loss" else 1)


def _seeds(n: int) -> range:
    return range(SCREEN + 1, SCREEN + 1 + n)
