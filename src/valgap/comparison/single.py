"""Did it help, by one fit a side: the scores on record, over validation rows."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from valgap.case import Case, finite
from valgap.checks.outcome import skill_of
from valgap.comparison.answer import RowError, rows_for
from valgap.comparison.records import Effect, Needs, Side, Verdict
from valgap.evidence.account import Estimate
from valgap.evidence.model import SeedSpread
from valgap.experiments.verdict import OF_LOSS, POINT, pairs_needed

_BY_TASK = {
    "regression": "share of variance explained (R2)",
    "multilabel": "mean recall of flags, from 0, chance, to 1",
}
_LOSS = "validation loss, its sign turned"


def score_name(figure: str, task: str) -> str:
    """Gives back in words what a figure measures."""
    if figure == "loss":
        return _LOSS
    return _BY_TASK.get(task, "balanced accuracy, from 0, chance, to 1")


def effect_on_record(a: Side, b: Side) -> Effect | None:
    """Gives back the difference of the validation scores of two fits; None where one has none.

    The interval is that of two samples by the ends of each (Newcombe, Statistics in Medicine
    17, 1998, method 10): what each row scored is not kept, even where the rows are the same.
    """
    figure, scores = "skill", [_skill(side.case) for side in (a, b)]
    if any(score is None for score in scores) or _task(a.case) != _task(b.case):
        figure, scores = "loss", [_loss(side.case) for side in (a, b)]
        if not same_loss(a.case, b.case):
            return None
    before, after = scores
    if before is None or after is None:
        return None
    value = after.value - before.value
    low, high = difference(before, after)
    delta = POINT if figure == "skill" else OF_LOSS * abs(before.value)
    name = score_name(figure, _task(a.case))
    rows = min((e.n for e in (before, after) if e.n is not None), default=None)
    return Effect(
        figure, name, before.value, after.value, value, low, high, "rows", delta, rows=rows
    )


def same_loss(a: Case, b: Case) -> bool:
    """Whether the losses of two fits are the same function, so that they can be compared."""
    losses = [None if c.fit.compile is None else c.fit.compile.loss for c in (a, b)]
    return losses[0] == losses[1]


def row_error(a: Side, b: Side, figure: str, rows: int) -> RowError:
    """Gives back what other validation rows would change in the difference of two scores.

    Args:
        a: the first side.
        b: the second.
        figure: `skill` or `loss`.
        rows: how many validation rows trials are scored on, the intervals on record on fewer.
    """
    before, after = (_loss(s.case) if figure == "loss" else _skill(s.case) for s in (a, b))
    if before is None or after is None:
        return RowError(None, rows)
    low, high = difference(before, after)
    if low is None or high is None:
        return RowError(None, rows)
    scale = min(1.0, math.sqrt((before.n or rows) / max(1, rows)))
    return RowError((high - low) / 2 * scale, rows)


def difference(a: Estimate, b: Estimate) -> tuple[float | None, float | None]:
    """Gives back the interval of b less a, from that of each."""
    if not (finite(a.low) and finite(a.high) and finite(b.low) and finite(b.high)):
        return None, None
    value = b.value - a.value
    low = value - math.hypot(b.value - b.low, a.high - a.value)
    high = value + math.hypot(b.high - b.value, a.value - a.low)
    return low, high


def answered_on_record(effect: Effect | None, a: Side, b: Side) -> Verdict:
    """Gives back whether one fit is better than another, as far as one fit a side can tell.

    What another seed does is not in the interval: without a spread that is known, and smaller
    than the difference of the logged figure, the answer is open.
    """
    can_be_paired = all(side.case.fit.recipe for side in (a, b))
    pairs = Needs(pairs=pairs_needed(1) if can_be_paired else None)
    if effect is None:
        return Verdict("cannot tell", "there is no validation score of the same kind on both sides")
    if effect.low is None or effect.high is None:
        return Verdict("cannot tell", "the scores on record have no interval", pairs)
    if effect.low <= 0 <= effect.high or abs(effect.value) < effect.delta:
        half, matters = (effect.high - effect.low) / 2, max(abs(effect.value), effect.delta)
        rows = rows_for(half, effect.rows, matters)
        return Verdict("cannot tell", "so many rows leave it open", Needs(pairs.pairs, rows))
    beyond = _is_beyond_seeds(a.case, b.case, effect.value)
    if beyond is None:
        return Verdict("cannot tell", "what another seed does is not known", pairs)
    if not beyond:
        return Verdict("cannot tell", "another seed changes as much", pairs)
    return Verdict("yes", "it is better") if effect.value > 0 else Verdict("no", "it is worse")


def _is_beyond_seeds(a: Case, b: Case, value: float) -> bool | None:
    """Whether two fits differ by more than two seeds do, in the figure whose spread is known."""
    known = [c.model.seeds for c in (a, b) if c.model is not None and c.model.seeds is not None]
    for spread in known:
        logged = [list(c.history(spread.figure).values())[-1:] for c in (a, b)]
        reach = _reach(spread)
        if reach is not None and all(logged):
            gain = (logged[1][0] - logged[0][0]) * (1 if spread.higher_is_better else -1)
            return abs(gain) > reach and gain * value > 0
    return None


def _reach(spread: SeedSpread) -> float | None:
    """How far two fits that differ in their seed alone lie apart, in 95 of 100 cases."""
    alike = [np.asarray(scores) for scores in spread.scores.values() if len(scores) > 1]
    df = sum(len(scores) - 1 for scores in alike)
    if df < 2:
        return None
    variance = sum(float(((scores - scores.mean()) ** 2).sum()) for scores in alike) / df
    return float(stdtrit(df, 0.975)) * math.sqrt(2 * variance)


def _skill(case: Case) -> Estimate | None:
    return skill_of(case, "validation")


def _task(case: Case) -> str:
    return next((p.task for p in case.predictions()), "")


def _loss(case: Case) -> Estimate | None:
    """The validation loss with its sign turned, with an interval where rows were measured."""
    found = case.predictions()
    told = found[0].loss if len(found) == 1 else None
    if told is not None and finite(told.value):
        low, high = (None if v is None else -v for v in (told.high, told.low))
        return Estimate(-told.value, low, high, told.n)
    logged = list(case.history("val_loss").values())
    rows = case.fit.validation.rows if case.fit.validation else None
    return Estimate(-logged[-1], None, None, rows) if logged else None
