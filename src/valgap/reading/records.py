"""What is made of a log: courses of pairs, states, and what the log cannot tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from valgap.checks.curve_trends import Trend
from valgap.evidence.directions import Direction, is_share
from valgap.evidence.log import Log, Pair, Points
from valgap.reading.noise import Optimism


@dataclass(frozen=True, slots=True)
class Moment:
    """Both figures of a pair at one epoch or step."""

    at: float
    train: float
    validation: float


@dataclass(frozen=True, slots=True)
class Course:
    """A pair over the epochs that both figures were logged at as finite numbers.

    Training figures logged by step stand as their mean since the validation before.
    """

    pair: Pair
    better: Direction | None
    moments: tuple[Moment, ...]

    @property
    def train(self) -> tuple[float, ...]:
        """The training figure, as logged."""
        return tuple(m.train for m in self.moments)

    @property
    def validation(self) -> tuple[float, ...]:
        """The validation figure, as logged."""
        return tuple(m.validation for m in self.moments)

    def losses(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """Values of this figure turned so that lower is better: a share becomes an error."""
        if self.better != "higher":
            return values
        return tuple(self.top - v for v in values)

    @property
    def top(self) -> float:
        """The best that a score can be: 1, 100 of a share in percent, 0 where none is known."""
        values = self.train + self.validation
        if all(0 <= v <= 1 for v in values):
            return 1.0
        in_percent = is_share(self.pair.figure) and all(0 <= v <= 100 for v in values)
        return 100.0 if in_percent else 0.0


@dataclass(frozen=True, slots=True)
class SinceBest:
    """The trends of both figures over the epochs after the best, where there are enough."""

    train: Trend
    validation: Trend


@dataclass(frozen=True, slots=True)
class PairReading:
    """What the log says of one pair.

    `noise_train` and `noise_validation` are standard deviations about the course, None for
    too few epochs; `interval` is the 95 % interval of the best validation figure by the
    number of rows, None where that is not known or the figure is no share of rows.
    """

    course: Course
    last: Moment
    best: Moment | None = None
    noise_train: float | None = None
    noise_validation: float | None = None
    optimism: Optimism | None = None
    since_best: SinceBest | None = None
    interval: tuple[float, float] | None = None

    @property
    def gap(self) -> float:
        """Validation less training figure at the last epoch."""
        return self.last.validation - self.last.train


@dataclass(frozen=True, slots=True)
class State:
    """What the curves show, with the code of the catalogue where it has one. Not a cause.

    `unclear` names what draws the same curve.
    """

    code: str | None
    name: str
    message: str
    evidence: tuple[str, ...] = ()
    unclear: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One log with all that was made of it; `alone` are figures without a partner."""

    log: Log
    rows: int | None
    pairs: tuple[PairReading, ...] = ()
    states: tuple[State, ...] = ()
    alone: tuple[str, ...] = ()

    @property
    def main(self) -> PairReading | None:
        """The pair that is told first."""
        return self.pairs[0] if self.pairs else None


def finite_points(points: Points) -> Points:
    """Gives back the points whose value is a number."""
    return tuple((at, value) for at, value in points if math.isfinite(value))
