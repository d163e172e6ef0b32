"""DAT209: validation labels do not belong to their inputs."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.class_counts import class_counts
from valgap.checks.example_case import example_case
from valgap.checks.example_split import estimate, referred, table
from valgap.checks.outcome import MATTERS
from valgap.checks.pairing import observed, signal_lines, told
from valgap.checks.reference_skill import (
    clipped,
    is_clear,
    lacks_most,
    own_skill,
    signal,
)
from valgap.evidence.account import Estimate
from valgap.evidence.rows import Drift, References
from valgap.finding import Expected, Finding, Status
from valgap.registry import check

# Splits told apart no better than this differ no more than is acceptable, better than that
# outstandingly: Hosmer and Lemeshow, Applied Logistic Regression, 2000, section 5.2.4.
ALIKE, APART = 0.7, 0.9
EXPLAINS = (
    "DAT201",
    "DAT205",
    "DAT206",
    "EVL102",
    "EVL105",
    "EVL107",
    "EVL109",
    "FIT113",
    "FIT117",
    "MOD125",
    "CUR101",
    "CUR103",
    "CUR105",
)


def _fit(validation: float) -> Case:
    found = referred((0.91, validation), validation, (0.97, validation))
    drift = Drift(estimate(0.51, 1450))
    return example_case(measured_rows={"inputs": (table(),), "references": found, "drift": drift})


def _shuffled_in_validation() -> Case:
    return _fit(0.51)


def _paired() -> Case:
    return _fit(0.90)


@check(
    code="DAT209",
    name="validation-labels-misaligned",
    family="DAT",
    severity="error",
    needs=("validation", "references"),
    fires_on=_shuffled_in_validation,
    silent_on=_paired,
)
def validation_labels_misaligned(case: Case) -> Iterable[Finding]:
    """Validation labels do not belong to their inputs, while those of training do.

    What it looks for: a cheap reference that finds a clear signal when cross-validated inside
    training, and less than a third of it on validation, as the own model does; and less than a
    third of it inside validation too, trained and tested on its own rows. Splits whose inputs
    differ (a classifier tells them apart) are the rival, and classes that one split lacks.

    Why it matters: the validation figure means nothing. Whatever chooses by it, early stopping
    or a search, chooses at random; the model itself may be good.

    What to do: look at ten validation rows with their labels. Usual slips: a generator that
    shuffles beside labels read in file order, `predict` on a shuffled set, sorted names.

    References: Keras documentation, image_dataset_from_directory (shuffle); Ojala and Garriga,
    Permutation Tests for Studying Classifier Performance, 2010.
    """
    found = case.rows.references if case.rows else None
    if found is None or not _holds_same_classes(case):
        return
    inside, across = signal(found, "within_train"), signal(found, "across")
    there = signal(found, "within_validation")
    if not is_clear(inside) or not lacks_most(across, inside) or is_clear(there):
        return
    own = signal(found, "own") or own_skill(case, "validation")
    if own is not None and not lacks_most(own, inside):
        return
    status = _status(case, lacks_most(there, inside), own)
    if status is not None:
        yield _finding(case, found, status)


def _holds_same_classes(case: Case) -> bool:
    """Whether the classes of most rows of each split stand in the other."""
    for counts in class_counts(case):
        for of in (counts.train, counts.validation):
            common = sum(of[c] for c in counts.common)
            if common < (1 - MATTERS) * sum(of.values()) or len(counts.common) < 2:
                return False
    return True


def _status(case: Case, is_empty: bool, own: Estimate | None) -> Status | None:
    """Confirmed where inputs are alike and validation rows show no signal of their own.

    None where the splits are too far apart to tell.
    """
    drift = case.rows.drift if case.rows else None
    apart = drift.auc.value if drift is not None and finite(drift.auc.value) else None
    if apart is not None and apart >= (APART if is_empty else ALIKE):
        return None
    is_excluded = apart is not None and apart < ALIKE
    return "confirmed" if is_empty and is_excluded and own is not None else "suspected"


def _finding(case: Case, found: References, status: Status) -> Finding:
    across, inside = signal(found, "across"), signal(found, "within_train")
    return validation_labels_misaligned.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        message=f"validation labels do not fit inputs: signal {told(across)}, "
        f"in training {told(inside)}",
        observed=observed(across, found.rows_validation),
        expected=Expected(
            ">",
            inside.low if inside else None,
            "the same inside training, lower end of its interval",
        ),
        size=_size(case, found),
        evidence=(*signal_lines(found), *_drift_line(case), *_open(status)),
        help="look at ten validation rows with their labels; pair inputs and labels anew",
        remedies=("pair-labels-again",),
        explains=EXPLAINS,
    )


def _size(case: Case, found: References) -> float:
    """The share of the signal to be had, as training shows it, that validation lacks."""
    inside = signal(found, "within_train")
    own = signal(found, "own") or own_skill(case, "validation")
    if inside is None or own is None or inside.value <= 0:
        return 1.0
    return clipped(1 - own.value / inside.value)


def _drift_line(case: Case) -> list[str]:
    drift = case.rows.drift if case.rows else None
    if drift is None:
        return []
    return [f"inputs of the splits are told apart with an area of {told(drift.auc)} (.5: not)"]


def _open(status: Status) -> list[str]:
    if status == "confirmed":
        return []
    return ["looking at ten validation rows settles it, or labels shuffled on purpose"]
