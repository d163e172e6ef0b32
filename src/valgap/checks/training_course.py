"""How the training loss went, batch by batch: thirds of the way, and what is left to fall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from valgap.case import Case, finite, measured
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.step_tests import signal_is_known, step_test
from valgap.checks.trouble import falls_short, loss_was_lost
from valgap.evidence.account import RowName

# Symptoms of a model that was not trained far enough, whatever the reason.
UNTRAINED = ("CUR102", "CUR104", "CUR106", "EVL102", "EVL107", "EVL109", "MOD119")
# Three values a third are the fewest that have a spread to judge a difference by.
FEWEST = 9
# A tenth of the loss is twice the smallest difference that matters: worth the time.
WORTH_IT = 2 * DELTA_OF_LOSS
# Steps this many times the rate are those that a fit at its end no longer gains by.
LARGER_STEPS = 10.0
# Below a tenth of what it was at the start a rate was taken away.
KEPT_RATE = 0.1
# Where noise or penalties make up so much of the loss, its fall tells little of learning.
MIXED_UP = 0.2
# Squares of larger losses leave the range of a float.
_LARGEST = 1e100
# Three standard errors: chance gives such a fall in 1 of 700 flat courses.
CLEAR = 3.0
# Of seven small sound fits at Adam's .001 five were far from their end after so many steps.
FEW_STEPS = 100
# Where the number of steps says so already, two standard errors are enough.
FALLS = 2.0
# A fall by less than a hundredth is a loss at rest, however sure.
A_POINT = 0.01


@dataclass(frozen=True, slots=True)
class Course:
    """Mean loss over the first, middle and last third of the batches of a fit.

    `error` is the standard error of `last - middle`, `values` how many losses there were, and
    `slope` that of a straight line through all of them, in its standard errors.
    """

    first: float
    middle: float
    last: float
    error: float
    values: int
    slope: float = 0.0

    @property
    def fall(self) -> float:
        """How far the loss fell from the middle to the last third."""
        return self.middle - self.last

    @property
    def still_falls(self) -> bool:
        """Whether the last third lies clearly below the middle one."""
        return self.fall > CLEAR * self.error and self.fall > 0

    @property
    def left(self) -> float:
        """What the loss has yet to fall if its falls go on shrinking as they did.

        The sum of a geometric series (Aitken, Proc. Roy. Soc. Edinburgh 46, 1926);
        infinite where they do not shrink.
        """
        before = self.first - self.middle
        if self.fall <= 0:
            return 0.0
        if self.fall >= before:
            return math.inf
        ratio = self.fall / before
        return self.fall * ratio / (1 - ratio)


def course(case: Case, epochs: range | None = None) -> Course | None:
    """Gives back the course of the training loss, over some epochs or all of them.

    From the losses of the batches; without those from the losses of the epochs.
    """
    chosen = [e for e in sorted(case.steps) if epochs is None or e in epochs]
    values = [loss for epoch in chosen for loss in batch_losses(case.steps[epoch])]
    if len(values) < FEWEST:
        history = case.history("loss")
        values = [v for e, v in history.items() if epochs is None or e in epochs]
    return _course(values)


def batch_losses(running: Sequence[float]) -> list[float]:
    """Gives back the loss of each batch from its epoch's running mean, as far as it is finite."""
    kept: list[float] = []
    before = 0.0
    for i, mean in enumerate(running):
        if not finite(mean):
            break
        kept.append((i + 1) * mean - before)
        before = (i + 1) * mean
    return kept


def _course(values: list[float]) -> Course | None:
    if len(values) < FEWEST or not all(abs(v) < _LARGEST for v in values):
        return None
    third = len(values) // 3
    parts = [np.array(values[i * third : (i + 1) * third]) for i in range(2)]
    parts.append(np.array(values[2 * third :]))
    first, middle, last = (float(part.mean()) for part in parts)
    error = math.sqrt(sum(float(part.var(ddof=1)) / len(part) for part in parts[1:]))
    return Course(first, middle, last, error, len(values), _slope(values))


def _slope(values: list[float]) -> float:
    """The slope of a straight line through the values over its standard error."""
    from scipy.stats import linregress  # slow to import, and the command line must be quick

    line = linregress(range(len(values)), values)
    return float(line.slope / line.stderr) if line.stderr > 0 else 0.0


def cut_short(case: Case) -> Course | None:
    """Gives back the course of a fit that ended while it had much to learn and still learned.

    Training rows come out worse than they could and validation does not rise; and the loss
    falls clearly to the end with a tenth of itself and more yet to fall, or has fallen and
    single larger steps from the last weights still lower it by much.
    """
    if loss_was_lost(case) or not falls_short(case) or _validation_rises(case):
        return None
    told = course(case)
    if told is None:
        return None
    is_steep = told.still_falls and told.fall > DELTA_OF_LOSS * abs(told.last)
    has_far_to_go = is_steep and told.left > WORTH_IT * abs(told.last)
    if has_far_to_go or has_steps_to_make(case, told) or made_few_steps(case, told):
        return told
    return None


def steps_made(case: Case) -> int:
    """Gives back how many steps of a fit are on record."""
    return sum(map(len, case.steps.values()))


def made_few_steps(case: Case, told: Course) -> bool:
    """Whether a fit of hardly any steps was on its way down, with something there to learn.

    Of so few the thirds lie near one another, and a single larger step shows little yet.
    """
    steps = steps_made(case)
    fell = told.slope < -FALLS and told.first - told.last > A_POINT * abs(told.last)
    return 0 < steps <= FEW_STEPS and fell and signal_is_known(case)


def has_steps_to_make(case: Case, told: Course) -> bool:
    """Whether larger steps from the end lower the loss, nothing but time in the way.

    Simulated fits of one to three epochs gain 5 to 60 % by one step of ten times the rate and
    more, those at the end of what their units can do 3 % at most. Noise and penalties leave
    such a gain behind too, and so does a rate that a schedule took away.
    """
    start, end = step_test(case, "start"), step_test(case, "end")
    fell = told.fall > 0 and told.first - told.last > DELTA_OF_LOSS * abs(told.last)
    # Thirds of a fit of an epoch or two lie near one another; its two ends lie further apart.
    if start is not None and end is not None and told.still_falls:
        way = start.made.before - end.made.before
        fell = fell or way > DELTA_OF_LOSS * abs(end.made.before)
    if end is None or not fell or not signal_is_known(case) or mixed_up(case):
        return False
    if start is not None and end.made.rate < KEPT_RATE * start.made.rate:
        return False
    return end.best >= LARGER_STEPS and end.gain > DELTA_OF_LOSS


def mixed_up(case: Case) -> bool:
    """Whether noise layers or penalties make up so much of the loss that it tells little."""
    rows: tuple[RowName, ...] = ("noise-layers", "penalties-train")
    return max(_share_of_row(case, name) for name in rows) >= MIXED_UP


def _validation_rises(case: Case) -> bool:
    """Whether the last third of the validation losses lies above the third before it."""
    losses = list(case.history("val_loss").values())
    third = max(1, len(losses) // 3)
    before, late = losses[-2 * third : -third], losses[-third:]
    return bool(before) and sum(late) / len(late) > sum(before) / len(before)


def _share_of_row(case: Case, name: RowName) -> float:
    """Gives back how much of the logged training loss at the end one ledger row takes off."""
    account = case.account()
    row = measured(account, name) if account else None
    train = account.train if account else None
    if row is None or not finite(row.delta) or not finite(train) or train == 0:
        return 0.0
    return abs(row.delta / train)
