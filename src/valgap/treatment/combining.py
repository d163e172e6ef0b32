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


def combined(
    setting: Setting, survivors: Sequence[str], units: int, affordable: Callable[[], int]
) -> Steps[tuple[Added, ...]]:
    """Gives back what was added to the best survivor, in the order it was tried.

    A remedy is kept where its paired gain is more than one standard error. That proves nothing:
    what comes of it is confirmed on fresh units.

    Args:
        setting: the folds, and the figure.
        survivors: by name, the best first.
        units: of the race, as many as the survivors were run on.
        affordable: how many trials can be spent here yet.
    """
    if not survivors:
        return ()
    current: tuple[str, ...] = (survivors[0],)
    steps: list[Added] = []
    for arm in survivors[1:]:
        if affordable() < units:
            break
        name, _ = parts_of(arm)
        if name in (parts_of(one)[0] for one in current):  # another option of one that is in
            continue
        step = yield from _tried(setting, current, arm, units)
        steps.append(step)
        current = step.arms if step.is_kept else current
    return tuple(steps)


def _tried(setting: Setting, current: tuple[str, ...], arm: str, units: int) -> Steps[Added]:
    arms = (*current, arm)
    with_it = setting.jobs(arms, "combine", range(units))
    without = setting.jobs(current, "combine", range(units))
    answers = yield (*without, *with_it)
    gain = gain_of(setting.differences(with_it, without, answers), setting.racing)
    is_kept = gain is not None and gain.error is not None and gain.value > gain.error
    reason = "it adds to the others" if is_kept else "it adds nothing beyond chance"
    if gain is None:
        reason = error_of(with_it, answers) or "there was no time"
    sides = [setting.scores(jobs, answers) for jobs in (without, with_it)]
    before, after = (
        setting.metric.better(float(np.nanmean(s))) if not np.isnan(s).all() else None
        for s in sides
    )
    return Added(arm, arms, gain, before, after, is_kept, reason)
