"""DAT108: what looks at rows, or at labels, was fitted on the rows of both splits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.chance_gain import chance_gain
from valgap.checks.example_case import example_case
from valgap.checks.fitted_on_both import fitted_on_both, rows_left
from valgap.checks.fitted_wording import at_line, gain_lines, lines, message, unit
from valgap.checks.outcome import MATTERS, outcome
from valgap.checks.reference_skill import clipped
from valgap.evidence.records import DataRecord, EstimatorRecord, Location, TensorRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure

_SETTLED = "a fit after fitting it on training rows alone tells what it is worth"
# Those whose mark on the arrays the statistics of inputs would have shown.
_LEAVE_A_MARK = ("StandardScaler", "MinMaxScaler")


def _selected(rows: int) -> Case:
    inputs = (TensorRecord("x", (20,), "float32"),)
    place = Location("train.py", 12, "SelectKBest.fit")
    told = {"rows": rows, "columns": 3000, "columns_out": 20, "columns_after": 20}
    selector = EstimatorRecord(
        "SelectKBest",
        "sklearn.feature_selection",
        "fit",
        "selector",
        place,
        with_y=True,
        supervised=True,
        **told,
    )
    train = DataRecord("train", "numpy", 180, 32, inputs=inputs)
    changes = {"train": train, "fitted": (selector,)}
    return example_case(changes=changes, validation_rows=120)


def _on_both() -> Case:
    return _selected(rows=300)


def _on_training() -> Case:
    return _selected(rows=180)


@check(
    code="DAT108",
    name="fitted-before-split",
    family="DAT",
    severity="warning",
    needs=("validation", "fitted-or-drift"),
    fires_on=_on_both,
    silent_on=_on_training,
)
def fitted_before_split(case: Case) -> Iterable[Finding]:
    """Something was fitted on the rows of both splits together, before they were parted.

    What it looks for: estimators of scikit-learn and imbalanced-learn that the script fitted on
    as many rows as both splits have (or as they have with a usual share for a test), and that
    make as many columns as the model takes in. Selection, encoding and oversampling by the
    labels are a warning where chance alone would gain enough to matter: the k best of p columns
    of noise explain up to 2 p z phi(z) / n of the labels, z being the quantile of k / p. A
    scaler shows in the arrays too: features with mean 0 and variance 1, or range 0 to 1, over
    both splits, not over training alone. Steps written by hand are not seen.

    Why it matters: validation is to stand for rows nobody has seen. 20 of 3,000 columns of noise
    chosen on 300 rows classify the validation rows among them well above chance, and new rows
    not at all. For a scaler, a projection or a vocabulary the effect is small unless rows are
    few or the splits differ, hence a note.

    What to do: split first, `fit` on training rows, `transform` both; with folds, inside of each
    one. A `Pipeline`, or a `Normalization` layer adapted on training rows, does so by itself.

    References: Ambroise and McLachlan, Selection Bias in Gene Extraction, 2002; Kaufman et al.,
    Leakage in Data Mining, 2012; Moscovich and Rosset, On the Cross-Validation Bias Due to
    Unsupervised Preprocessing, 2022.
    """
    seen = fitted_on_both(case)
    by_labels = [r for r in seen if r.supervised]
    if by_labels:
        yield _by_labels(case, max(by_labels, key=lambda r: chance_gain(r) or 0.0), by_labels)
    by_rows = [r for r in seen if not r.supervised and r.role != "encoder"]
    yield from _by_rows(case, [r for r in by_rows if not _mark_is_missing(case, r)])


def _by_labels(case: Case, worst: EstimatorRecord, all_of_them: list[EstimatorRecord]) -> Finding:
    gain = chance_gain(worst)
    came_out = outcome(case)
    nothing_gained = came_out.is_at_chance
    learned = came_out.train is not None and not came_out.has_not_learned
    is_small = gain is not None and gain < MATTERS
    is_fault = gain is not None and not is_small and not nothing_gained
    others = [f"{r.cls} too{at_line(r)}" for r in all_of_them if r is not worst]
    at_chance = ["validation is at chance all the same"] if nothing_gained else []
    found = fitted_before_split.finding(
        case,
        severity="warning" if is_fault else "note",
        # A model that has learned nothing yet cannot tell what the leak is worth.
        status="harmless" if is_small or (nothing_gained and learned) else "suspected",
        message=message(case, worst),
        observed=Observed(gain, unit(worst), n=worst.rows),
        expected=Expected("<", MATTERS, "a difference in skill that matters, of 1"),
        size=clipped(gain or 0.0),
        evidence=(*lines(case, worst), *gain_lines(worst), *at_chance, *others, _SETTLED),
        help="split first, and fit it on training rows alone: in each fold anew",
        remedies=("fit-on-training-rows",),
        explains=_explained(worst) if is_fault else (),
    )
    return dataclasses.replace(found, location=worst.location or found.location)


def _explained(record: EstimatorRecord) -> tuple[str, ...]:
    """A column encoded by the labels may decide them; a selected one was there before."""
    made_by_labels = record.role in ("encoder", "decomposition")
    return (*(("DAT107",) if made_by_labels else ()), "DAT206", "CUR101")


def _by_rows(case: Case, seen: list[EstimatorRecord]) -> Iterable[Finding]:
    """One note, of what the arrays show and of what was seen to be fitted."""
    drift = case.rows.drift if case.rows else None
    marked = drift is not None and drift.fitted_on_both
    if not marked and not seen:
        return
    shift = abs(drift.single_mean_shift) if drift and finite(drift.single_mean_shift) else None
    apart = 2 * abs(drift.auc.value - 0.5) if drift and finite(drift.auc.value) else 0.0
    scaled = "inputs were scaled by the rows of both splits, not of training alone"
    mark = "both splits together have mean 0 and variance 1, or range 0 to 1; training not"
    found = fitted_before_split.finding(
        case,
        severity="note",
        status="suspected",
        message=scaled if marked else message(case, seen[-1]),
        observed=Observed(shift, "shift of the means between splits"),
        expected=Expected("==", 0.0, "nothing is fitted on validation rows"),
        size=0.1 * clipped(apart),
        evidence=(
            *([mark] if marked else []),
            *([f"means of the splits lie {figure(shift, 3)} apart"] if finite(shift) else []),
            *(line for record in seen for line in lines(case, record)[:1]),
            _SETTLED,
        ),
        help="split first, fit the scaler on training rows, transform both",
        remedies=("scale-by-training-rows",),
    )
    place = seen[-1].location if seen else None
    yield dataclasses.replace(found, location=place or found.location)


def _mark_is_missing(case: Case, record: EstimatorRecord) -> bool:
    """Whether a scaler was fitted for something else: all rows were read and bear no mark."""
    drift = case.rows.drift if case.rows else None
    splits = (case.fit.train, case.fit.validation)
    read = {i.split: i.rows for s in splits if s for i in case.inputs(s.split)}
    is_whole = all(s is not None and read.get(s.split) == s.rows for s in splits)
    looked_for = record.cls in _LEAVE_A_MARK and rows_left(case, record) == 0
    return looked_for and is_whole and drift is not None and not drift.fitted_on_both
