"""Names in the help of findings that no arm bears: the protocol sees to them, or the author must.

Said rather than passed over: who reads `split-by-group` in a finding is to know what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from valgap.finding import Finding
from valgap.remedies.base import remedies_for
from valgap.treatment.dealing import SPLITS
from valgap.treatment.plan import Plan

_DEALT = "rows are dealt at random, each class by its share"
_JUDGED = "all rows that judge are scored, once, in inference mode"
# What the protocol does in every study, and how.
BY_PROTOCOL = {
    "shuffled-split": _DEALT,
    "split-at-random": _DEALT,
    "stratified-split": _DEALT,
    "cross-validation": "folds take turns at judging",
    "hold-out-test-rows": "the last look is at rows that chose nothing",
    "all-validation-rows": _JUDGED,
    "clean-validation-pipeline": "rows judge without random transforms that can be turned off",
    "repeat-with-seeds": "each unit has a seed of its own",
    "temperature": "one is fitted out of fold, and told in the last look",
}
# What it does only where it is told which rows go together: nearness alone is no proof of that.
BY_GROUPS = (
    *("split-by-group", "split-by-place", "split-by-time-with-gap", "split-without-duplicates"),
)
# What takes the script, the files, or knowledge of how the rows came about.
OF_THE_AUTHOR = (
    *("attach-branch", "convert-files", "drop-unreadable-files", "fit-on-training-rows"),
    *("keep-the-mask", "metric-for-the-task", "move-regulariser", "pair-labels-again"),
    *("remove-argument", "repair-targets", "scale-by-training-rows", "softmax-over-the-steps"),
)


def unraced(findings: Sequence[Finding], plan: Plan, arms: Iterable[str]) -> tuple[str, ...]:
    """Gives back a line on each remedy that findings name and that does not race.

    Args:
        findings: those that stand.
        plan: whether groups are known.
        arms: those that race.
    """
    racing = {arm.partition(":")[0] for arm in arms}
    named = dict.fromkeys((name, f.code) for f in findings for name in f.remedies)
    lines = (_line(name, code, plan, racing) for name, code in named)
    return tuple(dict.fromkeys(filter(None, lines)))


def _line(name: str, code: str, plan: Plan, racing: set[str]) -> str | None:
    told = f"{name} ({code})"
    if name in SPLITS and not racing.isdisjoint(SPLITS):
        return None if name in racing else f"{told}: tried under another name: a split at random"
    if name in BY_PROTOCOL:
        return f"{told}: done by the protocol: {BY_PROTOCOL[name]}"
    if name in BY_GROUPS:
        return f"{told}: {_by_groups(plan)}"
    found = remedies_for(name)
    if not found:
        return f"{told}: left to you: it takes the script, the files or knowledge of the rows"
    if any(r.name in racing for r in found):
        return None
    return f"{told}: {_left_out(r.safe for r in found)}"


def _by_groups(plan: Plan) -> str:
    if plan.groups is None:
        return "not done: groups are not known; give them (groups=) and no fold tears them apart"
    return f"done by the protocol: no fold tears one of {plan.groups} groups apart"


def _left_out(are_safe: Iterator[bool]) -> str:
    if any(are_safe):
        return "not tried: this fit has nothing that it could change"
    return "not tried: it takes knowledge of the data (unsafe)"
