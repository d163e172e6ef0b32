"""Prints whether the protocol of `valgap treat` says what is so, by simulation, without Keras.

Studies are run on made-up patients whose truth is known: rows of unequal difficulty, some of
which a remedy happens to suit; training noise that folds share, as they share training rows;
noise of seeds; a model that is a little better with more rows. The figure of a reported model is
that on 20,000 further rows.

    python bench/treat_protocol.py --studies 100
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table as Drawn
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from valgap.treatment.budget import Budget
from valgap.treatment.events import Chosen, Ended
from valgap.treatment.jobs import Floats, Job, Memory, Result, Store
from valgap.treatment.locking import planned
from valgap.treatment.metrics import METRICS, Metric
from valgap.treatment.plan import Plan
from valgap.treatment.record import Treatment
from valgap.treatment.selection import Selection
from valgap.treatment.setting import PLACEBO
from valgap.treatment.study import Study
from valgap.treatment.table import Table
from valgap.treatment.tuner import OptunaTuner

POOL = 20_000
# Standard deviations in units of the margin, 1 of which lies between easy and hard rows. At 85 %
# a shift of 0.04 is a point of accuracy.
SUITS, SHARED, OF_FOLDS, OF_SEEDS, OF_ROWS = 0.25, 0.02, 0.03, 0.04, 0.3
LEARNING = 0.05  # of the logarithm of training rows
SURE = 4.0  # logits a margin: more than the margin warrants, as networks are


@dataclass
class Population:
    """An engine on made-up rows of two classes.

    `gains` are what remedies do to the accuracy of the population; names not in it do nothing.
    Each still suits some rows and not others, and has training noise of its own that all folds
    share, unless it is a placebo.
    """

    rows: int
    seed: int
    folder: Path
    accuracy: float = 0.85
    gains: Mapping[str, float] = field(default_factory=dict)
    groups_of: int = 0
    metric: Metric = METRICS["accuracy"]
    fails: frozenset[str] = frozenset()
    made: list[Job] = field(default_factory=list)
    plan: Plan | None = None
    _shifts: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 1])
        total = self.rows + POOL
        self.groups = np.arange(total) // self.groups_of if self.groups_of else None
        self.easy = rng.normal(size=total)
        if self.groups is not None:
            of_groups = rng.normal(size=int(self.groups[-1]) + 1)[self.groups]
            self.easy = 0.6 * of_groups + 0.8 * self.easy
        self.spread = math.sqrt(1 + OF_ROWS**2 + OF_SEEDS**2)
        self.easy += float(norm.ppf(self.accuracy)) * self.spread
        self.targets = rng.integers(2, size=total)

    def table(self) -> Table:
        """Gives back the rows of a study."""
        groups = None if self.groups is None else self.groups[: self.rows]
        return Table(self.targets[: self.rows], groups)

    def planned(self, **options: Any) -> Plan:
        """Gives back the plan of a study."""
        table = self.table()
        self.plan = planned(table.targets, "classes", table.groups, seed=self.seed, **options)
        return self.plan

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:  # noqa: ARG002
        """Yields results, in an order of no meaning."""
        for i in np.random.default_rng(len(self.made)).permutation(len(jobs)):
            job = jobs[i]
            self.made.append(job)
            yield self._result(job)

    def _result(self, job: Job) -> Result:
        if self.fails & set(job.arms):
            return Result(job, None, error="out of memory")
        assert self.plan is not None
        rows = self.plan.folds[job.fold].validation
        predictions = self.predictions(job, rows)
        path = self.folder / f"{self.seed}-{_number(job)}.npy"
        np.save(path, predictions)
        score = self.metric.score(self.targets[rows], predictions)
        return Result(job, score, 1.0, predictions=str(path))

    def predictions(self, job: Job, rows: NDArray[np.int64]) -> Floats:
        """Gives back probabilities of rows; those of the pool come after those of the study."""
        assert self.plan is not None
        margin = self.easy[rows] + LEARNING * math.log(
            len(self.plan.folds[job.fold].train) / self.rows
        )
        margin = margin + OF_FOLDS * np.random.default_rng([self.seed, 2, job.fold]).normal()
        for arm in job.arms:
            margin = margin + self._shift(arm)[rows]
        drawn = np.random.default_rng([self.seed, 3, _number(job)])
        margin = margin + OF_SEEDS * drawn.normal() + OF_ROWS * drawn.normal(size=len(margin))
        right = 1 / (1 + np.exp(-SURE * margin))
        first = np.where(self.targets[rows] == 0, right, 1 - right)
        return np.stack([first, 1 - first], axis=1)

    def _shift(self, arm: str) -> Floats:
        if arm not in self._shifts:
            self._shifts[arm] = self._drawn(arm)
        return self._shifts[arm]

    def _drawn(self, arm: str) -> Floats:
        if arm.startswith(PLACEBO):
            return np.zeros(len(self.easy))
        rng = np.random.default_rng([self.seed, 4, zlib.crc32(arm.encode())])
        target = norm.ppf(min(self.accuracy + self.gains.get(arm, 0.0), 0.999))
        wide = math.hypot(self.spread, SUITS)
        shift = float(target) * wide - float(norm.ppf(self.accuracy)) * self.spread
        return shift + SHARED * rng.normal() + SUITS * rng.normal(size=len(self.easy))

    def truth(self, treatment: Treatment) -> float:
        """Gives back the figure of the reported model, on the pool."""
        assert self.plan is not None
        look = treatment.look
        assert look is not None
        assert look.treated is not None
        job = Job(treatment.treated, *self._reported(look.treated.seed), "final")
        pool = np.arange(self.rows, self.rows + POOL)
        return self.metric.score(self.targets[pool], self.predictions(job, pool))

    def _reported(self, seed: int | None) -> tuple[int, int]:
        """Fold and seed; of a nested study, one model that all rows trained."""
        assert self.plan is not None
        assert seed is not None
        fold = self.plan.main.final if self.plan.kind == "locked" else self.plan.whole
        assert fold is not None
        return fold, seed


@dataclass
class Scores:
    """An engine that makes scores alone: base + arm + fold + seed + what folds share.

    Arms other than placebos have noise that all folds share: of the variance of a paired
    difference the share that Nadeau and Bengio's correction assumes.
    """

    plan: Plan
    seed: int
    gains: Mapping[str, float] = field(default_factory=dict)
    base: float = 0.8
    of_seeds: float = 0.015
    of_folds: float = 0.03
    shares: float = 1.0
    fails: frozenset[str] = frozenset()
    made: list[Job] = field(default_factory=list)
    is_reversed: bool = False
    stops_after: int | None = None

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:  # noqa: ARG002
        """Yields results."""
        for job in reversed(jobs) if self.is_reversed else jobs:
            if self.stops_after is not None and len(self.made) >= self.stops_after:
                raise KeyboardInterrupt
            self.made.append(job)
            failed = self.fails & set(job.arms)
            yield Result(
                job, None if failed else self.score(job), 1.0, "failed" if failed else None
            )

    def score(self, job: Job) -> float:
        """Gives back the score of a job."""
        of_fold = self.of_folds * np.random.default_rng([self.seed, 2, job.fold]).normal()
        own = self.of_seeds * np.random.default_rng([self.seed, 3, _number(job)]).normal()
        return self.base + float(of_fold + own + sum(self._arm(arm) for arm in job.arms))

    def _arm(self, arm: str) -> float:
        if arm.startswith(PLACEBO):
            return 0.0
        ratio = self.plan.main.ratio
        correlation = ratio / (1 + ratio)
        shared = self.shares * math.sqrt(2 * correlation / (1 - correlation)) * self.of_seeds
        rng = np.random.default_rng([self.seed, 4, zlib.crc32(arm.encode())])
        return self.gains.get(arm, 0.0) + shared * float(rng.normal())


def _number(job: Job) -> int:
    return zlib.crc32(f"{sorted(job.arms)}/{job.fold}/{job.seed}".encode())


def ended(study: Study) -> tuple[Treatment, list[Selection]]:
    """Gives back what a study came to, and its selections, the main one first."""
    selections = []
    for event in study.run():
        if isinstance(event, Chosen):
            selections.append(event.selection)
        if isinstance(event, Ended):
            return event.treatment, selections
    raise AssertionError("a study ends with its treatment")


@dataclass(frozen=True)
class Made:
    """What one simulated study said, and the truth."""

    treatment: Treatment
    selections: list[Selection]
    truth: float


def made_up(  # noqa: PLR0913
    seed: int,
    rows: int,
    remedies: Sequence[str],
    trials: int,
    *,
    gains: Mapping[str, float] | None = None,
    groups_of: int = 0,
    metric: str = "accuracy",
    store: Store | None = None,
    is_tuned: bool = False,
    **options: Any,
) -> Made:
    """Gives back a study on made-up rows."""
    with tempfile.TemporaryDirectory() as folder:
        people = Population(
            rows, seed, Path(folder), gains=gains or {}, groups_of=groups_of, metric=METRICS[metric]
        )
        plan, table = people.planned(**options), people.table()
        budget = Budget(trials=trials)
        tuner = partial(OptunaTuner, seed) if is_tuned else None
        study = Study(
            plan, remedies, people.metric, table, people, budget, store or Memory(), tuner=tuner
        )
        treatment, selections = ended(study)
        return Made(treatment, selections, people.truth(treatment))


def scores_only(
    seed: int, remedies: Sequence[str], trials: int, gains: Mapping[str, float], **options: Any
) -> tuple[Treatment, list[Selection]]:
    """Gives back a study of 1,500 rows on scores alone."""
    targets = np.arange(1500) % 2
    plan = planned(targets, "classes", seed=seed)
    engine = Scores(plan, seed, gains, **options)
    table = Table(targets)
    return ended(Study(plan, remedies, METRICS["accuracy"], table, engine, Budget(trials=trials)))


NAMES = tuple(f"remedy-{i}" for i in range(1, 11))


@dataclass(frozen=True)
class Scenario:
    """One line of the table: studies of one kind."""

    name: str
    options: Mapping[str, Any]


SCENARIOS = (
    Scenario("nothing helps, 800 rows", {"rows": 800, "remedies": NAMES, "trials": 150}),
    Scenario(
        "nothing helps, 800 rows, balanced accuracy",
        {"rows": 800, "remedies": NAMES, "trials": 150, "metric": "balanced_accuracy"},
    ),
    Scenario(
        "nothing helps, 2,000 rows in groups of 25",
        {"rows": 2000, "remedies": NAMES, "trials": 150, "groups_of": 25},
    ),
    Scenario(
        "nothing helps, nor do tuned settings, 800 rows",
        {"rows": 800, "remedies": NAMES, "trials": 300, "is_tuned": True},
    ),
    Scenario(
        "nothing helps, 300 rows, nested",
        {"rows": 300, "remedies": NAMES[:4], "trials": 720},
    ),
    Scenario(
        "two of ten help by 6 points, 800 rows",
        {"rows": 800, "remedies": NAMES, "trials": 200, "gains": {NAMES[2]: 0.06, NAMES[5]: 0.06}},
    ),
    Scenario(
        "two of ten help by 6 points, 3,000 rows",
        {"rows": 3000, "remedies": NAMES, "trials": 200, "gains": {NAMES[2]: 0.06, NAMES[5]: 0.06}},
    ),
    Scenario(
        "one of four helps by 10 points, 300 rows, nested",
        {
            "rows": 300,
            "remedies": NAMES[:4],
            "trials": 720,
            "gains": {NAMES[1]: 0.1},
        },
    ),
)


def main() -> None:
    """Runs the studies and prints two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=100, help="of each kind [100]")
    parser.add_argument("--seed", type=int, default=1001, help="of the first study [1001]")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.studies)
    began, out = time.monotonic(), Console(width=160)
    rows = [_line(s, seeds) for s in SCENARIOS if options.only in s.name]
    drawn = Drawn(title=f"{len(seeds)} studies a line, seeds {seeds.start} to {seeds[-1]}")
    columns = ("rows", "helped", "nothing helped", "undecided", "interval covers", "optimism left")
    for column in (*columns, "95 %", "optimism told", "width", "trials"):
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*row)
    out.print(drawn)
    if not options.only:
        out.print(of_power(seeds))
    out.print(f"{time.monotonic() - began:.0f} s")


def _line(scenario: Scenario, seeds: range) -> list[str]:
    console = Console(stderr=True)
    made = [
        made_up(seed, **scenario.options) for seed in track(seeds, scenario.name, console=console)
    ]
    answers = Counter(m.treatment.answer for m in made)
    value, low, high = mean_with_interval(left_in(made))
    told = np.mean([m.treatment.optimism for m in made if m.treatment.optimism is not None])
    sides = [m.treatment.look.treated for m in made if m.treatment.look]
    widths = [(s.high - s.low) / 2 for s in sides if s and s.low is not None and s.high is not None]
    shown = [str(answers[a]) for a in ("helped", "nothing helped", "undecided")]
    return [
        scenario.name,
        *shown,
        f"{sum(covers(m) for m in made)} of {len(made)}",
        f"{100 * value:+.2f}",
        f"{100 * low:+.2f} to {100 * high:+.2f}",
        f"{100 * told:+.2f}",
        f"+-{100 * np.mean(widths):.1f}",
        f"{np.mean([m.treatment.trials for m in made]):.0f}",
    ]


def covers(made: Made) -> bool:
    """Whether the reported interval holds the truth."""
    side = made.treatment.look and made.treatment.look.treated
    if side is None or side.low is None or side.high is None:
        return False
    return side.low <= made.truth <= side.high


def left_in(made: Iterable[Made]) -> list[float]:
    """The reported figure - the truth: the optimism that is left in it."""
    looks = ((m.treatment.look, m.truth) for m in made)
    return [look.treated.score - truth for look, truth in looks if look and look.treated]


def mean_with_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Gives back the mean with Student's 95 % interval."""
    n, value = len(values), float(np.mean(values))
    half = float(student.ppf(0.975, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return value, value - half, value + half


def of_power(seeds: range) -> Drawn:
    """What is found of effects of so many times the seed's deviation, scores alone."""
    drawn = Drawn(title="scores alone: seed 1.5 points, ten remedies, one of them with an effect")
    for column in (
        "effect",
        "trials",
        "it helped",
        "another was said to",
        "harmed",
        "95 % (Wilson)",
    ):
        drawn.add_column(column)
    for times, trials in ((0, 150), (1, 150), (2, 150), (2, 300), (3, 150), (-3, 150)):
        gains = {NAMES[3]: times * 0.015}
        found = [scores_only(seed, NAMES, trials, gains)[0] for seed in seeds]
        right = sum(_says(t, NAMES[3], "helped") for t in found)
        wrong = sum(any(_says(t, n, "helped") for n in NAMES if n != NAMES[3]) for t in found)
        harmed = sum(_says(t, NAMES[3], "harmed") for t in found)
        ends = binomtest(right, len(found)).proportion_ci(method="wilson")
        share = f"{100 * ends.low:.0f} to {100 * ends.high:.0f} %"
        shown = (f"{times} x", str(trials), str(right), str(wrong), str(harmed), share)
        drawn.add_row(*shown)
    return drawn


def _says(treatment: Treatment, name: str, answer: str) -> bool:
    return any(r.name == name and r.answer == answer for r in treatment.remedies)


if __name__ == "__main__":
    main()
