"""DAT303: training and validation rows that a classifier can tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from valgap.case import Case
from valgap.checks.apart import (
    APART,
    keeps_given_groups_whole,
    moved_feature,
    reference_lines,
    reference_loses_too,
    rows_go_together,
    told_apart,
)
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_GENERALISING, fails_on_validation, lost_on_validation
from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import Drift, InputRecord, References
from valgap.finding import Expected, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure


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
    (DAT302) is excluded. Confirmed, and a warning, where a cheap reference too loses more
    between the splits than inside each of them; else a note. Where rows go together in time,
    or in groups that the split keeps whole, it is a note as well: such a split is told apart
    by its groups, and rightly so. In an audit the references alone tell whether it is felt.

    Why it matters: validation then asks for what training did not show. The gap is one of
    sources, no overfitting: regularisers do little, rows of the other source do much.

    What to do: find what differs (the date, the place, the device, the order of the files).
    If later use will look like training, split at random, by group where rows go together;
    if it will look like validation, get training rows of that kind.

    References: Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, 2017; Rabanser,
    Günnemann and Lipton, Failing Loudly, 2019.
    """
    auc = told_apart(case)
    if auc is None:
        return
    is_kept_whole = rows_go_together(case) or keeps_given_groups_whole(case)
    is_felt = case.is_audit or fails_on_validation(case)
    if outcome(case).is_good:
        yield _finding(case, auc, "harmless", is_kept_whole)
    elif is_felt:
        status: Status = "confirmed" if reference_loses_too(case) else "suspected"
        yield _finding(case, auc, status, is_kept_whole)


def _finding(case: Case, auc: Estimate, status: Status, is_kept_whole: bool) -> Finding:
    # That the splits differ explains what is lost only where other models lose it too.
    is_note = is_kept_whole or status != "confirmed"
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
            *_moved_line(case),
            *reference_lines(case),
            _last_line(case, status, is_kept_whole=is_kept_whole),
        ),
        help="find what differs between the sources; split at random, by group where rows belong",
        remedies=("split-at-random",),
        explains=() if is_note else OF_GENERALISING,
    )


def _moved_line(case: Case) -> list[str]:
    moved = moved_feature(case.rows.drift if case.rows else None)
    return [f"most of all: {moved}"] if moved else []


def _last_line(case: Case, status: Status, *, is_kept_whole: bool) -> str:
    if keeps_given_groups_whole(case):
        return "the split keeps groups whole that are known, and is told apart by them"
    if is_kept_whole:
        return "rows go together in their order, so any split by group or time is told apart"
    if status == "harmless":
        return "validation scores well all the same"
    if status == "confirmed":
        return "the reference does better inside each split than across them"
    return "what settles it: the same fit on a split drawn at random from all rows"
