"""Skill on a scale from chance to perfect: of the cheap references and of the own model."""

from __future__ import annotations

import math
from typing import Literal

from valgap.case import Case, finite
from valgap.checks.outcome import MATTERS, outcome
from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import References

# An interval that reaches higher leaves room for a signal that few rows do not show: of an area
# under ROC of .67, say. One that lies above FIRM, an area of .6, is there for certain.
LITTLE, FIRM = 0.35, 0.2
# The best of three references comes out so far above none on 300 rows without any signal.
SMALL = 0.15
THIRD = 1 / 3

Signal = Literal["within_train", "within_validation", "across", "own", "own_train"]


def skill(score: Estimate | None, found: References) -> Estimate | None:
    """Gives back a score on a scale from chance (0) to perfect (1)."""
    if score is None or not finite(score.value) or not finite(found.chance):
        return None
    room = max(1 - found.chance, 1e-9)
    low, high = ((v - found.chance) / room if finite(v) else None for v in (score.low, score.high))
    return Estimate((score.value - found.chance) / room, low, high, score.n)


def signal(found: References, name: Signal) -> Estimate | None:
    """Gives back how much the pairing of inputs and labels tells a model: 0 nothing, 1 all.

    That is how well scores rank rows, where it was measured, and else the skill of decisions.
    """
    ranked = found.signal.get(name)
    if ranked is not None and finite(ranked.value):
        return ranked
    if name == "across":
        return best_reference(found)
    decided: Estimate | None = getattr(found, name)
    return skill(decided, found)


def is_at_chance(found: Estimate | None) -> bool:
    """Tells a skill or signal that is known and may be none but for what does not matter."""
    if found is None:
        return False
    may_be_none = not finite(found.low) or found.low <= MATTERS
    return found.value < MATTERS or (may_be_none and found.value < SMALL)


def is_nothing(found: Estimate | None) -> bool:
    """Tells a skill or signal at chance, on rows enough to have shown more."""
    enough = found is not None and finite(found.high) and found.high < LITTLE
    return enough and is_at_chance(found)


def is_clear(found: Estimate | None) -> bool:
    """Tells a skill or signal whose whole interval is more than little."""
    return found is not None and finite(found.low) and found.low > FIRM


def lacks_most(one: Estimate | None, other: Estimate | None) -> bool:
    """Tells a skill or signal less than a third of another, beyond their intervals."""
    if one is None or other is None:
        return False
    return is_below(one, other) and one.value < THIRD * other.value


def is_below(one: Estimate | None, other: Estimate | None) -> bool:
    """Tells an estimate whose interval lies wholly below that of another."""
    if one is None or other is None or not finite(one.high) or not finite(other.low):
        return False
    return one.high < other.low


def best_reference(found: References) -> Estimate | None:
    """Gives back the skill on validation of the best reference that looks at its inputs."""
    skills = (skill(s, found) for kind, s in found.scores.items() if kind != "majority")
    return max((s for s in skills if s is not None), key=lambda s: s.value, default=None)


def own_skill(case: Case, split: Split) -> Estimate | None:
    """Gives back the skill of the own model, on the rows of the references where it is known."""
    found = case.rows.references if case.rows else None
    if found is not None:
        own = skill(found.own if split == "validation" else found.own_train, found)
        if own is not None:
            return own
    came_out = outcome(case)
    known = came_out.validation if split == "validation" else came_out.train
    return known if known is not None and finite(known.value) else None


def lost_share(case: Case) -> float:
    """Gives back how much of what validation lacks training has, from 0 to 1."""
    train, validation = own_skill(case, "train"), own_skill(case, "validation")
    if train is None or validation is None:
        return 0.0
    return clipped((train.value - validation.value) / max(1 - validation.value, MATTERS))


def values_a_row(case: Case) -> int | None:
    """Gives back how many numbers a training row holds, over all inputs."""
    sizes = [math.prod(i.shape) for i in case.inputs()]
    return sum(sizes) if sizes else None


def clipped(share: float) -> float:
    """Gives back a share between 0 and 1, whatever the numbers it was made of."""
    return min(1.0, max(0.0, share)) if math.isfinite(share) else 0.0


def short(name: str, longest: int = 16) -> str:
    """Gives back a name of the user's on one line, cut where it would fill a message."""
    plain = " ".join(name.replace("!", " ").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
