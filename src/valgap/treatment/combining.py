"""The survivors put together, one after the other, on the units of the race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from valgap.experiments.arms import parts_of
from valgap.treatment.intervals import Gain, gain_of
from valgap.treatment.jobs import Steps
from valgap.treatment.setting import Setting, error_of


@dataclass(frozen=True, slots=True)
class Added:
    """One remedy put on top of others: what that brought, and whether it was kept.

    `arms` are all of them with it. Scores are means over the units, as the figure is read.
    """

    arm: str
    arms: tuple[str, ...]
    gain: Gain | None
    before: float | None
    after: float | None
    is_kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A remedy to try on top, which has to add `least` besides more than one standard error.

    `affordable` gives how many trials can be spent on it yet.
    """

    arm: str
    affordable: Callable[[], int]
    least: float = 0.0


def combined(
    setting: Setting, first: str | None, units: int, offers: Sequence[Offer]
) -> Steps[tuple[Added, ...]]:
    """Gives back what was added to the best survivor, in the order it was tried.

    A remedy is kept where its paired gain is more than one standard error. That proves nothing:
    what comes of it is confirmed on fresh units.

    Args:
        setting: the folds, and the figure.
        first: the best survivor by name; None: there is nothing to add to.
        units: of the race, as many as the survivors were run on.
        offers: what is tried on top, the best first.
    """
    current: tuple[str, ...] = () if first is None else (first,)
    steps: list[Added] = []
    for offer in offers if current else ():
        name, _ = parts_of(offer.arm)
        is_in = name in (parts_of(one)[0] for one in current)  # another option of one that is in
        if is_in or offer.affordable() < units:
            continue
        step = yield from _tried(setting, current, offer, units)
        steps.append(step)
        current = step.arms if step.is_kept else current
    return tuple(steps)


def _tried(setting: Setting, current: tuple[str, ...], offer: Offer, units: int) -> Steps[Added]:
    arms = (*current, offer.arm)
    with_it = setting.jobs(arms, "combine", range(units))
    without = setting.jobs(current, "combine", range(units))
    answers = yield (*without, *with_it)
    gain = gain_of(setting.differences(with_it, without, answers), setting.racing)
    error = None if gain is None else gain.error
    is_kept = gain is not None and error is not None and gain.value > max(error, offer.least)
    reason = "it adds to the others" if is_kept else "it adds nothing beyond chance"
    if gain is None:
        reason = error_of(with_it, answers) or "there was no time"
    sides = [setting.scores(jobs, answers) for jobs in (without, with_it)]
    before, after = (
        setting.metric.better(float(np.nanmean(s))) if not np.isnan(s).all() else None
        for s in sides
    )
    return Added(offer.arm, arms, gain, before, after, is_kept, reason)
