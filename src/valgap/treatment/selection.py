"""One selection: noise, race, combination, confirmation, and what is to be treated with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from valgap.treatment.budget import allotted
from valgap.treatment.combining import Added, Offer, combined
from valgap.treatment.confirmation import ENOUGH_PAIRS, Claim, affordable, confirmed
from valgap.treatment.jobs import PATIENT, Steps
from valgap.treatment.noise import Noise, measured
from valgap.treatment.racing import HALF, Race, raced
from valgap.treatment.setting import Setting
from valgap.treatment.tuning import MakeTuner, rounds_of, tuned

# By simulation (three helpful of ten, 200 trials) two bring as much as four, which leave too few
# trials to confirm with and make more false claims where nothing helps.
MOST_OTHERS = 2


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selection found. `treated` are the remedies to treat with; none: leave it as is.

    `is_proven` tells whether fresh units bear them out. Else they came out best and it is open
    yet: no claim is made of them, and the rows that chose nothing say what they are worth.
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
    is_proven: bool = True


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
    allowed = allotted(left(), len(order), setting.plan)
    entered, untried = order[: allowed.remedies], order[allowed.remedies :]
    placebos = setting.placebos[: allowed.placebos]
    race = yield from raced(setting, noise, entered, placebos, allowed.units)
    names, kept = [s.arm for s in race.survivors], allowed.reserved
    offers = _offers(race, noise, lambda: left() - kept)
    added = yield from combined(setting, names[0] if names else None, race.units, offers)
    candidates = _candidates(names, added)
    claims, pairs = affordable(setting, noise, len(candidates), left() - kept, race.spread)
    answers = yield from confirmed(setting, noise, candidates[:claims], pairs)
    rest, proven = tuple(candidates[claims:]), best_of(answers)
    treated = proven or leading(answers, rest, noise)
    is_proven = bool(proven) or not treated
    return Selection(noise, race, added, answers, treated, untried, rest, allowed.seeds, is_proven)


def _offers(race: Race, noise: Noise, rest: Callable[[], int]) -> list[Offer]:
    """What is tried on top of the best survivor: the other ones, and some that went no further.

    Many a remedy helps only with another, as random transforms do in a longer fit. Survivors
    have half of what is left; others what leaves enough to confirm one, and they have to add as
    much as one that went on had to in the race.
    """
    least = max(race.bar, HALF * noise.delta)
    offers = [Offer(s.arm, lambda: rest() // 2) for s in race.survivors[1:]]
    enough = 2 * ENOUGH_PAIRS
    return offers + [
        Offer(s.arm, lambda: rest() - enough, least) for s in race.others[:MOST_OTHERS]
    ]


def _candidates(names: Sequence[str], added: Sequence[Added]) -> list[tuple[str, ...]]:
    """The combination first, where there is one: it won over each of its parts."""
    kept = [step.arms for step in added if step.is_kept]
    return [*kept[-1:], *((name,) for name in names)]


def best_of(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Gives back the arms that helped most on fresh units; the patient's where none did."""
    helped = [c for c in claims if c.answer == "helped" and c.gain is not None]
    if not helped:
        return PATIENT
    return _largest(helped).arms


def leading(
    claims: Sequence[Claim], unconfirmed: Sequence[tuple[str, ...]], noise: Noise
) -> tuple[str, ...]:
    """Gives back the arms that came out best where none is proven; the patient's where none did.

    On fresh units it is what gains half of what matters or more and is open yet. Where there was
    no budget for them, the best of those that the race let through.
    """
    least = HALF * noise.delta
    still = [c for c in claims if c.answer == "undecided" and c.gain and c.gain.value >= least]
    if still:
        return _largest(still).arms
    return unconfirmed[0] if unconfirmed and not claims else PATIENT


def _largest(claims: Sequence[Claim]) -> Claim:
    return max(claims, key=lambda c: (c.gain.value if c.gain else 0.0, -len(c.arms)))
