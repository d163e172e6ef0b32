"""DAT303: training and validation rows that a classifier can tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.checks.outcome import MATTERS, outcome
from valgap.checks.split_scales import differing_scales
from valgap.checks.trouble import OF_GENERALISING, fails_on_validation, lost_on_validation
from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import Drift, InputRecord, References
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure

# Chance is .5; the random splits of real tables stay below .6 with their whole interval.
APART = 0.6
# Rows next to each other that are this much nearer than random ones belong together: splits by
# group or by time are then told apart by their groups, which is what such a split is for.
GO_TOGETHER = 0.5


def _rows(auc: float, score: float) -> Case:
    rows: dict[Split, int] = {"train": 1000, "validation": 450}
    inputs = tuple(
        InputRecord(split, "x", "table", (8,), "float32", n, -3.1, 3.2, 0.0, 1.0, features=8)
        for split, n in rows.items()
    )
    told = Drift(estimate(auc, 450, 0.2), standardised=estimate(auc, 450, 0.2))
    cheap = references(score, score)
    return example_case(
        measured_rows={"inputs": inputs, "drift": told, "references": _within(cheap, 0.86)},
        measured_model={"predictions": classified(0.93, score)},
    )


def _within(cheap: References, score: float) -> References:
    inside = estimate(score, cheap.rows_train, 0.4)
    return replace(cheap, within_train=inside, within_validation=inside)


def _another_source() -> Case:
    return _rows(0.91, 0.66)


def _split_at_random() -> Case:
    return _rows(0.51, 0.85)


@check(
    code="DAT303",
    name="splits-distributed-differently",
    family="DAT",
    severity="warning",
    needs=("validation", "inputs", "drift"),
    fires_on=_another_source,
    silent_on=_split_at_random,
)
def splits_distributed_differently(case: Case) -> Iterable[Finding]:
    """Training and validation rows can be told apart: they come from different sources.

    What it looks for: a cheap classifier that is to tell training from validation rows, its
    area under the ROC curve with the whole interval above .6, once a difference of scale
    (DAT302) is excluded. Confirmed where a cheap reference too loses more between the splits
    than inside each of them. Where rows go together in groups or in time it is a note: a split
    that keeps groups whole is told apart by its groups, and rightly so.

    Why it matters: validation then asks for what training did not show. The gap is one of
    sources, no overfitting: regularisers do little, rows of the other source do much.

    What to do: find what differs (the date, the place, the device, the order of the files).
    If later use will look like training, split at random, by group where rows go together;
    if it will look like validation, get training rows of that kind.

    References: Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, 2017; Rabanser,
    Günnemann and Lipton, Failing Loudly, 2019.
    """
    auc = _told_apart(case)
    if auc is None or differing_scales(case):
        return
    is_kept_whole = _rows_go_together(case)
    is_felt = fails_on_validation(case)
    if outcome(case).is_good:
        yield _finding(case, auc, "harmless", is_kept_whole)
    elif is_felt:
        status: Status = "confirmed" if _reference_loses_too(case) else "suspected"
        yield _finding(case, auc, status, is_kept_whole)


def _told_apart(case: Case) -> Estimate | None:
    """The area under the curve, of rows standardised by split where that was measured."""
    drift = case.rows.drift if case.rows else None
    if drift is None:
        return None
    auc = drift.standardised if drift.standardised is not None else drift.auc
    is_clear = finite(auc.value) and finite(auc.low) and auc.low > APART
    return auc if is_clear else None


def _rows_go_together(case: Case) -> bool:
    near = case.rows.neighbours if case.rows else None
    return near is not None and finite(near.lag_similarity) and near.lag_similarity >= GO_TOGETHER


def _reference_loses_too(case: Case) -> bool:
    """Whether a cheap reference does clearly better inside each split than across them."""
    found = case.rows.references if case.rows else None
    if found is None or found.within_train is None or found.within_validation is None:
        return False
    across = max(found.scores.values(), key=lambda e: e.value, default=None)
    lows = [found.within_train.low, found.within_validation.low]
    inside = [low for low in lows if finite(low)]
    if across is None or len(inside) < 2:
        return False
    top = across.high if finite(across.high) else across.value
    return min(inside) > top and min(inside) > across.value + MATTERS


def _finding(case: Case, auc: Estimate, status: Status, is_kept_whole: bool) -> Finding:
    is_note = is_kept_whole or status == "harmless"
    return splits_distributed_differently.finding(
        case,
        severity="note" if is_note else "warning",
        status="suspected" if is_kept_whole and status == "confirmed" else status,
        message=f"a classifier tells training from validation rows: area {figure(auc.value, 2)}",
        observed=Observed(auc.value, "area under ROC", auc.low, auc.high, auc.n),
        expected=Expected("<=", APART, "chance is .5; Lopez-Paz and Oquab, 2017"),
        size=0.0 if status == "harmless" else 0.5 * lost_on_validation(case),
        evidence=(
            f"area under ROC {figure(auc.value, 2)} ({figure(auc.low, 2)} to "
            f"{figure(auc.high, 2)}, {count(auc.n)} rows), a difference of scale excluded",
            *_reference_lines(case),
            _last_line(status, is_kept_whole),
        ),
        help="find what differs between the sources; split at random, by group where rows belong",
        remedies=("split-at-random",),
        explains=() if is_note else OF_GENERALISING,
    )


def _reference_lines(case: Case) -> list[str]:
    found = case.rows.references if case.rows else None
    best = max((e.value for e in found.scores.values()), default=None) if found else None
    if found is None or best is None or found.within_train is None:
        return []
    inside = found.within_validation
    other = f", inside validation {figure(inside.value)}" if inside else ""
    return [
        f"a cheap reference: {found.measure} inside training {figure(found.within_train.value)}"
        f"{other}, from training to validation {figure(best)}"
    ]


def _last_line(status: Status, is_kept_whole: bool) -> str:
    if is_kept_whole:
        return "rows go together in their order, so any split by group or time is told apart"
    if status == "harmless":
        return "validation scores well all the same"
    if status == "confirmed":
        return "the reference does better inside each split than across them"
    return "what settles it: the same fit on a split drawn at random from all rows"
