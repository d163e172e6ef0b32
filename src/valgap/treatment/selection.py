"""One selection: noise, race, combination, confirmation, and what is to be treated with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from valgap.treatment.budget import SIDES, allotted
from valgap.treatment.combining import Added, combined
from valgap.treatment.confirmation import Claim, affordable, confirmed
from valgap.treatment.jobs import PATIENT, Steps
from valgap.treatment.noise import Noise, measured
from valgap.treatment.racing import Race, raced
from valgap.treatment.setting import Setting
from valgap.treatment.tuning import MakeTuner, rounds_of, tuned


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selection found. `treated` are the remedies to treat with; none: leave it as is.

    `seeds` is how many fits the last look has. `unconfirmed` are candidates that there were no
    trials left for, `untried` remedies that did not get into the race.
    """

    noise: Noise
    race: Race
    added: tuple[Added, ...]
    claims: tuple[Claim, ...]
    treated: tuple[str, ...]
    untried: tuple[str, ...]
    unconfirmed: tuple[tuple[str, ...], ...]
    seeds: int


def selected(
    setting: Setting, left: Callable[[], int], tuner: MakeTuner | None = None
) -> Steps[Selection]:
    """Gives back what was selected on the rows of a scope.

    Args:
        setting: the folds, the figure and the remedies by priority.
        left: how many trials can be made yet, the last look among them.
        tuner: makes what proposes settings of the plain baseline; None: it is not tuned.
    """
    noise = yield from measured(setting)
    found = (yield from tuned(setting, tuner(), rounds_of(left()))) if tuner else ()
    order = (*found, *setting.order)
    allowed = allotted(left(), len(order))
    entered, untried = order[: allowed.remedies], order[allowed.remedies :]
    placebos = setting.placebos[: allowed.placebos]
    race = yield from raced(setting, noise, entered, placebos, allowed.units)
    names, kept = [s.arm for s in race.survivors], SIDES * allowed.seeds
    added = yield from combined(
        setting, names, race.units, lambda: (left() - kept) // 2 if names else 0
    )
    candidates = _candidates(names, added)
    claims, pairs = affordable(setting, noise, len(candidates), left() - kept, race.spread)
    answers = yield from confirmed(setting, noise, candidates[:claims], pairs)
    treated = best_of(answers)
    rest = tuple(candidates[claims:])
    return Selection(noise, race, added, answers, treated, untried, rest, allowed.seeds)


def _candidates(names: Sequence[str], added: Sequence[Added]) -> list[tuple[str, ...]]:
    """The combination first, where there is one: it won over each of its parts."""
    kept = [step.arms for step in added if step.is_kept]
    return [*kept[-1:], *((name,) for name in names)]


def best_of(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Gives back the arms that helped most on fresh units; the patient's where none did."""
    helped = [c for c in claims if c.answer == "helped" and c.gain is not None]
    if not helped:
        return PATIENT
    return max(helped, key=lambda c: (c.gain.value if c.gain else 0.0, -len(c.arms))).arms
