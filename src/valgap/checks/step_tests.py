"""What single steps at multiples of the rate in force tell of the rate, and what is usual."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.first_weights import SMALL_RANGE, seen_by_weights
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.reference_skill import best_reference, is_clear
from valgap.evidence.model import RateMeasured
from valgap.wording import figure

# Keras' defaults: .01 for SGD, .001 for the others (documentation of keras.optimizers).
USUAL_RATES = {"sgd": 0.01}
USUAL_RATE = 0.001
# A third of the default or less was chosen; at the default a fit may just be too short.
BELOW_USUAL = 0.34
# Beyond 16 rows, half of Keras' default batch, another cause is likelier than noise.
SMALL_BATCH = 16
# Measured on simulated fits of batches of 1 and 4: those at 25 times the step that noise bears
# and more failed, those at 10 times and less did well.
BEARABLE = 0.05
# Inputs or targets ten times beyond the size that initialisers assume make steps too large.
LARGE = 10.0
# Measured on some 200 simulated fits of small networks (Adam, RMSprop, SGD, Adagrad, Adadelta):
# from the start the best single step is 1 to 30 times a rate that fits, and 100 to 1,000 times
# a hundredth of it. From the end, of a fit too short, it is up to 30 times a rate that fits:
# so both are asked for.
FAR_AT_START = 100.0
FAR_AT_END = 30.0
FARTHEST = 1000.0
# Weights that changed by half of their norm are not those of a fit that hardly moves.
HARDLY = 0.5
# Larger multiples than these are no measurement.
_LARGEST_MULTIPLE = 1e6
# Simulated fits at the end of what their units can do gain 3 % at most by one larger step; half a
# percent is room.
AT_AN_END = 0.035
# Below this a change of the loss is within what single precision leaves of it.
TOLD_FROM_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class StepTest:
    """Training loss after one step at multiples of the rate, from one set of weights."""

    made: RateMeasured

    @property
    def rise(self) -> float | None:
        """The relative rise of the loss by a step at the rate in force; infinite if it bursts."""
        return self.rise_at(1.0)

    def rise_at(self, multiple: float) -> float | None:
        """Gives back the relative rise of the loss by a step at a multiple of the rate."""
        step = next((s for s in self.made.losses if math.isclose(s.multiple, multiple)), None)
        if step is None:
            return None
        if not finite(step.loss):
            return math.inf
        return (step.loss - self.made.before) / abs(self.made.before)

    @property
    def best(self) -> float:
        """The multiple of the lowest loss; of equal ones the nearest to 1."""
        known = [s for s in self.made.losses if finite(s.loss)]
        if not known:
            return min(s.multiple for s in self.made.losses)
        lowest = min(known, key=lambda s: (s.loss, abs(math.log(s.multiple))))
        return lowest.multiple

    @property
    def gain(self) -> float:
        """The share of the loss that the best of the steps takes off."""
        known = [s.loss for s in self.made.losses if finite(s.loss)]
        return max(0.0, (self.made.before - min(known, default=math.inf)) / abs(self.made.before))

    def wants_larger(self, least: float) -> bool:
        """Whether a step at least so many times larger lowers the loss far more."""
        at_rate = self.rise
        reach = max(s.multiple for s in self.made.losses)
        if self.best < min(least, max(reach, FAR_AT_END)) or self.gain < TOLD_FROM_ROUNDING:
            return False
        return at_rate is None or self.gain >= 10 * max(0.0, -at_rate)

    @property
    def bearable(self) -> float | None:
        """The best step for batches of the size in force, in steps at the rate.

        Noise shrinks the best step by 1 + noise / signal: McCandlish et al., An Empirical
        Model of Large-Batch Training, 2018, section 2.2.
        """
        signal = self.made.signal
        return self.best / (1 + 1 / signal) if finite(signal) and signal > 0 else None

    @property
    def line(self) -> str:
        """What was measured, as a sentence of the report."""
        steps = [s for s in self.made.losses if s.multiple in (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)]
        told = ", ".join(f"{_loss(s.loss)} at {s.multiple:g} x" for s in steps)
        return (
            f"one step from the {self.made.at} at {rate_text(self.made.rate)}: loss "
            f"{figure(self.made.before)} becomes {told}; lowest at {self.best:g} x"
        )


def step_test(case: Case, at: str) -> StepTest | None:
    """Gives back the step test from the `start` or the `end`, if its loss is a number."""
    made = case.model.rates if case.model else ()
    sound = (r for r in made if r.at == at and finite(r.before) and r.before != 0 and r.losses)
    found = next(sound, None)
    if found is None:
        return None
    steps = tuple(s for s in found.losses if 0 < s.multiple <= _LARGEST_MULTIPLE)
    return StepTest(dataclasses.replace(found, losses=steps)) if steps else None


def is_too_slow(case: Case) -> bool:
    """Whether far larger steps lower the loss far more, at the start and at the end."""
    start, end = step_test(case, "start"), step_test(case, "end")
    if end is None or not end.wants_larger(FAR_AT_END):
        return False
    # Near the end of what few units can do, a far larger step gains next to nothing; one that is
    # far beyond any such end may gain little by itself, as behind an embedding.
    least = AT_AN_END if is_below_usual(case) else DELTA_OF_LOSS
    moved = moved_most(case)
    is_far = end.best >= FARTHEST and (moved is None or moved < HARDLY)
    if not is_far and end.gain <= least:
        return False
    return start.wants_larger(FAR_AT_START) if start else end.wants_larger(FAR_AT_START)


def moved_most(case: Case) -> float | None:
    """Gives back the largest relative change of the weights of a layer, None if not measured."""
    known = [m.moved for m in case.measured_layers() if m.trainable and finite(m.moved)]
    return max(known, default=None)


def rate_of(case: Case) -> float | None:
    """Gives back the rate that the fit began with."""
    start = step_test(case, "start")
    if start is not None and finite(start.made.rate):
        return start.made.rate
    return next((e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)), None)


def optimizer_of(case: Case) -> str:
    """Gives back the name of the optimiser in small letters, empty where it is not known."""
    return case.fit.compile.optimizer.lower() if case.fit.compile else ""


def usual_rate(case: Case) -> float:
    """Gives back the rate that Keras takes for this optimiser unless told otherwise."""
    return USUAL_RATES.get(optimizer_of(case), USUAL_RATE)


def is_below_usual(case: Case) -> bool:
    """Whether the rate was chosen below the usual, so that it is the first to suspect."""
    rate = rate_of(case)
    return finite(rate) and rate <= BELOW_USUAL * usual_rate(case)


def is_noisy(case: Case) -> bool:
    """Whether small batches bear a twentieth of the rate or less, which alone does no harm."""
    batch, start = case.fit.train.batch_size, step_test(case, "start")
    if not batch or batch > SMALL_BATCH or start is None or start.bearable is None:
        return False
    is_harmless = start.rise is not None and start.rise <= DELTA_OF_LOSS
    return is_harmless and start.bearable <= BEARABLE


def sizes_are_odd(case: Case) -> bool:
    """Whether inputs or targets are so large, or inputs so small, that any usual rate is odd."""
    seen = seen_by_weights(case)
    if any(s.size >= LARGE or 0 < s.range < SMALL_RANGE for s in seen):
        return True
    numbers = [t for t in case.targets() if t.encoding == "numbers"]
    return any(math.hypot(t.mean or 0.0, t.std or 0.0) >= LARGE for t in numbers)


def signal_is_known(case: Case) -> bool:
    """Whether a cheap reference shows that inputs tell something of the targets."""
    found = case.rows.references if case.rows else None
    return found is not None and is_clear(best_reference(found))


def rate_text(rate: float | None) -> str:
    """Gives back a rate as one writes it, such as 0.001 or 1e-06."""
    return f"{rate:.2g}" if finite(rate) else "?"


def _loss(value: float) -> str:
    return figure(value) if finite(value) else "no number"
