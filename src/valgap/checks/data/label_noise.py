"""DAT207: many labels look wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from valgap.case import Case, finite
from valgap.checks.apart import APART
from valgap.checks.example_case import example_case
from valgap.checks.example_split import labels, scored
from valgap.checks.outcome import GOOD, MATTERS, outcome
from valgap.checks.reference_skill import best_reference, clipped, is_below, skill
from valgap.evidence.account import Estimate
from valgap.evidence.rows import LabelNoise
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import count, percent

# Measured with cleanlab on 26 data sets of scikit-learn, labels flipped at 0 to 30 %: of the rows
# that an out-of-fold reference gets wrong, at least .75 are in doubt where a fifth is flipped
# (less than .70 where none is, unless another model does better than the labels in doubt would
# let it). What a better model gets right beyond the reference is taken off both. A reference of
# less skill points at anybody.
MOST_ERRORS, OF_A_BETTER, SKILLED = 0.72, 0.6, 0.45
# Fewer flipped labels than these are beyond what the count can tell; of more than was measured,
# the reference itself is as likely to be what is wrong.
MANY, MEASURED = 0.08, 0.4
# Of fewer rows that share is not told from none.
LEAST_ROWS = 100
TINY = 1e-9
UNSETTLED = "looking at those rows settles it, or a fit without them"
TRAINING_REMEDIES = ("drop-doubtful-labels", "label-smoothing", "keep-best-epoch")
# Of wrong labels that are drawn at random no ranking takes more than `1 - share` of the way from
# chance to perfect (`References.signal`). Rows that are merely hard have their label ranked high:
# above halfway from there to perfect, labels are not what is wrong.
HALFWAY = 0.5
# Skill by which validation is told better than training rows left out: twice what matters.
FAR = 2 * MATTERS


def _listed(issues: int, reference: float) -> Case:
    counts = {str(c): 100 for c in range(10)}
    noise = LabelNoise(1000, issues, reference, rows_listed=(17, 40, 311))
    measured: Mapping[str, Any] = {"targets": (labels("train", counts),), "label_noise": noise}
    return example_case(
        measured_rows=measured, measured_model={"predictions": scored(0.98, 0.66, classes=10)}
    )


def _flipped() -> Case:
    return _listed(200, 0.73)


def _hard_but_right() -> Case:
    return _listed(85, 0.80)


@check(
    code="DAT207",
    name="label-noise",
    family="DAT",
    severity="warning",
    needs=("label-noise",),
    fires_on=_flipped,
    silent_on=_hard_but_right,
)
def label_noise(case: Case) -> Iterable[Finding]:
    """Many training labels look wrong to a reference that never saw them.

    What it looks for: confident learning on out-of-fold predictions of a cheap reference: at
    least 8 % of the labels in doubt, and these nearly three in four of the rows that the
    reference gets wrong, which overlapping classes do not bring about. It is not said where the
    reference has little skill, where another model is right on more rows than so many wrong
    labels would allow, where the own model tells its training rows worse than a reference tells
    such it never saw (the fit is at fault), or where the labels in doubt stand high in the
    reference's ranking of classes, as those of merely hard rows do (and wrong ones that are only
    ever mistaken for a like class, which goes unsaid). It is confirmed where validation labels
    look wrong as well, to a reference fitted on training rows, and make up nearly three in four
    of the model's own errors there: no fit can do away with those.

    Why it matters: a model that is driven to fit wrong labels learns by heart; where
    validation has them too, no model can score above the share that is right.

    What to do: look at the rows listed, worst first, and mend or drop them; stop early, as
    wrong labels are learned last; label smoothing softens what is left.

    References: Northcutt, Jiang and Chuang, Confident Learning, 2021; Arpit et al., A Closer
    Look at Memorization in Deep Networks, 2017.
    """
    found = case.rows.label_noise if case.rows else None
    if found is None or found.rows < LEAST_ROWS or not finite(found.reference):
        return
    share, right = clipped(found.issues / found.rows), clipped(found.reference)
    of_errors = share / max(1 - right, TINY)
    if not MANY <= share <= MEASURED or of_errors < MOST_ERRORS:
        return
    if _is_ranked_high(case, share) or _is_not_learned(case):
        return
    is_of_training = _is_of_training(case)
    if not is_of_training and not _is_of_all(case, share, right):
        return
    # A model that does as well as its noisy labels let it is good; the labels are not.
    skill = outcome(case).validation
    is_good = skill is not None and skill.value >= GOOD
    is_limit = not is_of_training and _is_the_limit(case, found)
    yield label_noise.finding(
        case,
        severity="note" if is_good else "warning",
        status="harmless" if is_good else "confirmed" if is_limit else "suspected",
        message=f"label noise: {count(found.issues)} of {count(found.rows)} training labels "
        f"look wrong ({percent(share)})",
        observed=_observed(found, share),
        expected=Expected("<", MANY, "flipped labels of data sets at hand, 0 to 40 %"),
        size=share,
        scope=Scope(rows=found.issues),
        evidence=(
            f"a cheap reference is right on {percent(right)} of rows it was not trained on; the "
            f"labels in doubt are {percent(clipped(of_errors))} of its errors",
            *_listed_line(found),
            *([] if is_good else [_limit_line(found) if is_limit else UNSETTLED]),
        ),
        help="mend the labels of both splits, those listed first"
        if is_limit
        else "look at the rows listed, mend or drop them; stop early, smooth the labels",
        remedies=("mend-labels",) if is_limit else TRAINING_REMEDIES,
        explains=("CUR101", "CUR102", "CUR105", "DAT205", "DAT206", "EVL105", "FIT113", "MOD105"),
    )


def _is_ranked_high(case: Case, share: float) -> bool:
    """Whether labels left out are ranked better than so many wrong ones could be."""
    references = case.rows.references if case.rows else None
    ranked = references.signal.get("within_train") if references else None
    return ranked is not None and ranked.low is not None and ranked.low > 1 - HALFWAY * share


def _is_not_learned(case: Case) -> bool:
    """Whether the own model tells the rows it was trained on worse than others tell unseen ones.

    Wrong labels do not do that, and nothing is then left that could speak for the labels.
    """
    found = case.rows.references if case.rows else None
    return found is not None and is_below(found.own_train, found.within_train)


def _is_of_training(case: Case) -> bool:
    """Whether labels of training alone are wrong, as validation is told well by the reference.

    Trained on the same rows it does clearly better on validation than on training rows left
    out of it. So it does where training rows are merely harder, as noisy copies are: then a
    classifier tells the splits apart by their inputs, which wrong labels leave alike.
    """
    found = case.rows.references if case.rows else None
    drift = case.rows.drift if case.rows else None
    if found is None or found.within_train is None or drift is None:
        return False
    if not finite(drift.auc.value) or drift.auc.value > APART:
        return False
    best = best_reference(found)
    inside = skill(found.within_train, found)
    return (
        best is not None
        and inside is not None
        and is_below(inside, best)
        and (best.value - inside.value > FAR and best.value >= SKILLED)
    )


def _is_the_limit(case: Case, found: LabelNoise) -> bool:
    """Whether labels of validation that look wrong are most of the model's errors there."""
    own, wrong = _own(case), found.held_out
    if own is None or wrong is None or not finite(wrong.low) or wrong.low < MANY:
        return False
    return wrong.value >= MOST_ERRORS * (1 - clipped(own.value))


def _limit_line(found: LabelNoise) -> str:
    wrong = found.held_out
    share = percent(wrong.value) if wrong else "as many"
    return f"{share} of validation labels look wrong too: most of what the model gets wrong there"


def _is_of_all(case: Case, share: float, right: float) -> bool:
    """Whether so many wrong labels in both splits are not at odds with what models get right."""
    best = max(right, *_others(case))
    if (share - best + right) / max(1 - best, TINY) < OF_A_BETTER or _is_at_odds(case, share):
        return False
    chance = _largest_share(case)
    return right - chance >= SKILLED * (1 - chance)


def _is_at_odds(case: Case, share: float) -> bool:
    """Whether another model is clearly right on more rows than so many wrong labels allow."""
    return any(e.low is not None and clipped(e.low) > 1 - share for e in _others_measured(case))


def _largest_share(case: Case) -> float:
    """What always naming the largest class is right on; half where it is not known."""
    counts = next((t.counts for t in case.targets() if t.counts), {})
    rows = sum(counts.values())
    return max(counts.values()) / rows if rows > 0 else 0.5


def _others(case: Case) -> list[float]:
    return [0.0, *(clipped(e.value) for e in _others_measured(case))]


def _own(case: Case) -> Estimate | None:
    """What the own model gets right of validation rows."""
    made = next(iter(case.predictions("validation")), None)
    return made.accuracy if made else None


def _others_measured(case: Case) -> list[Estimate]:
    """What other models get right of rows they were not trained on: the own, the best kind."""
    references = case.rows.references if case.rows else None
    found = [_own(case), references.within_train if references else None]
    return [e for e in found if e is not None]


def _observed(found: LabelNoise, share: float) -> Observed:
    told = found.share
    low, high = (told.low, told.high) if told else (None, None)
    return Observed(share, "share of training labels", low, high, found.rows)


def _listed_line(found: LabelNoise) -> list[str]:
    if found.names:
        return [f"worst first: {', '.join(found.names[:10])}"]
    rows = ", ".join(map(str, found.rows_listed[:10]))
    return [f"worst first: training rows {rows} (from 0)"] if rows else []
