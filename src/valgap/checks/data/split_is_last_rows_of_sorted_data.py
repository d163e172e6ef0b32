"""DAT204: validation is the last rows of data in the order of their class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from valgap.case import Case, finite
from valgap.checks.apart import (
    APART,
    moved_feature,
    reference_lines,
    reference_loses_too,
    rows_go_together,
    told_apart,
)
from valgap.checks.class_counts import (
    SURE,
    ClassCounts,
    chance_of,
    class_counts,
    distance,
    shares,
)
from valgap.checks.example_case import example_case
from valgap.checks.example_split import labels
from valgap.checks.last_rows import FEW_RUNS, has_validation_split, is_cut, is_ordered, last_classes
from valgap.checks.outcome import MATTERS, outcome
from valgap.checks.reference_skill import clipped
from valgap.checks.trouble import fails_on_validation, lost_on_validation
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check
from valgap.wording import count, figure, percent

LAST_ONLY = "the last rows hold a class that the others lack"
# A fifth of the rows of another class, where no class is missing.
FIFTH = 0.2
EXPLAINS = (
    "DAT201",
    "DAT202",
    "DAT203",
    "DAT303",
    "DAT312",
    "FIT106",
    "FIT113",
    "EVL102",
    "EVL105",
    "EVL107",
    "EVL109",
    "CUR101",
    "CUR103",
    "CUR105",
)


def _digits(in_order: bool) -> Case:
    if in_order:
        train = labels("train", {"0": 500, "1": 500, "2": 408}, sorted_by_class=True, runs=3)
        val = labels("validation", {"2": 92, "3": 358}, sorted_by_class=True, runs=2)
    else:
        train = labels("train", {str(c): 352 for c in range(4)}, runs=1060, runs_z=0.3)
        val = labels("validation", {"0": 112, "1": 112, "2": 113, "3": 113}, runs=338, runs_z=0.1)
    measured: Mapping[str, Any] = {"targets": (train, val)}
    return example_case(measured_rows=measured, changes={"arguments": {"validation_split": "0.25"}})


def _in_order() -> Case:
    return _digits(in_order=True)


def _shuffled() -> Case:
    return _digits(in_order=False)


@check(
    code="DAT204",
    name="split-is-last-rows-of-sorted-data",
    family="DAT",
    severity="error",
    needs=("validation", "targets"),
    fires_on=_in_order,
    silent_on=_shuffled,
)
def split_is_last_rows_of_sorted_data(case: Case) -> Iterable[Finding]:
    """Validation is the last rows of data that stand in the order of their class or target.

    What it looks for: `validation_split`, which takes the last rows before any shuffling, or
    a slice; training rows in the order of their class, by the number of runs, or a class whose
    rows all stand last; and classes that only one side holds, other shares, or targets whose
    ranges do not meet. Under `validation_split` also last rows that a classifier tells from the
    others, as where rows stand in the order of time (a random order would leave nothing to
    tell): a warning where a cheap reference too loses more between the splits than inside each.
    In an audit of rows that have no split yet, rows in the order of their class are a note.

    Why it matters: the model is trained on some classes and examined on others. No setting of
    the model can mend that.

    What to do: shuffle inputs and labels with one permutation before `fit`, or use
    `train_test_split(stratify=labels)` and `validation_data`.

    References: Keras documentation, Model.fit (validation_split); Wald and Wolfowitz, On a
    Test Whether Two Samples are from the Same Population, 1940.
    """
    for counts in class_counts(case):
        if is_cut(case, counts) and (split := _badly_split(counts)) is not None:
            yield _finding(case, *split)
            return
    if case.is_audit and case.fit.arguments.get("split") == "drawn":
        yield from _not_split_yet(case)
    if has_validation_split(case):
        found = tuple(_of_numbers(case))
        yield from found or _in_another_order(case)


def _not_split_yet(case: Case) -> Iterable[Finding]:
    """Finds rows in the order of their class, which the last of them must not stand for."""
    target = next((t for t in case.targets() if t.runs is not None), None)
    if target is None or (target.distinct or 0) < 2 or not is_ordered(target):
        return
    yield split_is_last_rows_of_sorted_data.finding(
        case,
        severity="note",
        status="confirmed",
        message=f"rows are in the order of their class: {count(target.runs)} runs of equal labels",
        observed=Observed(float(target.runs or 0), "runs of equal labels", n=target.rows),
        expected=Expected(">", FEW_RUNS * (target.runs_expected or 0.0), "of a random order"),
        scope=Scope(rows=target.rows),
        evidence=(
            _runs_line(target),
            "validation_split, or a slice, would take classes that training lacks",
        ),
        help="shuffle inputs and labels together before fit, or train_test_split(stratify=...)",
        remedies=("stratified-split",),
    )


def _badly_split(counts: ClassCounts) -> tuple[float, str, int, Status] | None:
    """The share of rows on the wrong side, in words, of how many, and how sure it is."""
    unseen, absent = counts.only_in("validation"), counts.only_in("train")
    here, there = counts.train, counts.validation
    sides = (
        (clipped(sum(there[c] for c in unseen) / sum(there.values())), "validation", there),
        (clipped(sum(here[c] for c in absent) / sum(here.values())), "training", here),
    )
    for share, name, of in sides:
        if share >= MATTERS and chance_of(here, there) < SURE:
            text = f"{percent(share)} of {name} in classes of its own"
            return share, text, sum(of.values()), "confirmed"
    moved = distance(shares(here, here), shares(there, here))
    if moved < FIFTH or chance_of(here, there) >= SURE:
        return None
    return moved, f"{percent(moved)} of rows differ in class", sum(there.values()), "suspected"


def _finding(case: Case, share: float, text: str, rows: int, status: Status) -> Finding:
    is_good = outcome(case).is_good and status == "suspected"
    severity: Severity = "error" if status == "confirmed" else "warning"
    train = case.targets("train")[0]
    is_by_class = is_ordered(train)
    what = "split cuts rows sorted by class" if is_by_class else LAST_ONLY
    return split_is_last_rows_of_sorted_data.finding(
        case,
        severity="note" if is_good else severity,
        status="harmless" if is_good else status,
        message=f"{what}: {text}",
        observed=Observed(share, "share of rows", n=rows),
        expected=Expected("<", MATTERS, "both splits hold the same classes, 5 points of a score"),
        size=share,
        evidence=(
            *([_runs_line(train)] if is_by_class else []),
            *(_last_line(c) for c in class_counts(case)[:1] if not is_by_class),
            *(_held_line(c) for c in class_counts(case)[:1]),
            *([] if status == "confirmed" else ["a fit on shuffled rows settles it"]),
        ),
        help="shuffle inputs and labels together before fit, or train_test_split(stratify=...)"
        + ("" if is_by_class else "; by group or time where these order the rows"),
        remedies=("stratified-split",),
        explains=EXPLAINS,
    )


def _runs_line(target: TargetRecord) -> str:
    if target.runs is None:
        return "training rows stand in the order of their class"
    expected = figure(target.runs_expected, 0)
    return f"{count(target.runs)} runs of equal labels in training, a random order has {expected}"


def _last_line(counts: ClassCounts) -> str:
    classes = last_classes(counts)
    rows = sum(counts.validation[c] for c in classes)
    stands = "1 class stands" if len(classes) == 1 else f"{len(classes)} classes stand"
    return f"{stands} among the last rows only, with all {count(rows)} rows"


def _held_line(counts: ClassCounts) -> str:
    held = (len(counts.train), len(counts.validation), len(counts.common))
    return "classes in training {}, in validation {}, in both {}".format(*held)


def _of_numbers(case: Case) -> Iterable[Finding]:
    """Finds targets that are numbers and whose ranges in the two splits do not meet."""
    for train, val in zip(case.targets("train"), case.targets("validation"), strict=False):
        ends = (train.low, train.high, val.low, val.high)
        if train.encoding != "numbers" or val.encoding != "numbers":
            continue
        if not all(finite(end) for end in ends) or min(train.rows, val.rows) < 2:
            continue
        if not _do_not_meet(*ends):  # type: ignore[arg-type]
            continue
        is_good = outcome(case).is_good
        yield split_is_last_rows_of_sorted_data.finding(
            case,
            severity="note" if is_good else "error",
            status="harmless" if is_good else "confirmed",
            message=f"last rows: targets {_end(val.low)} to {_end(val.high)}, "
            f"others {_end(train.low)} to {_end(train.high)}",
            observed=Observed(val.low, "lowest validation target", n=val.rows),
            expected=Expected("<", train.high, "ranges of the two splits overlap"),
            size=1.0,
            evidence=("validation_split takes the last rows; rows are ordered by target",),
            help="shuffle inputs and targets together before fit, or validate on a fair slice",
            remedies=("shuffled-split",),
            explains=EXPLAINS,
        )
        return


def _in_another_order(case: Case) -> Iterable[Finding]:
    """Finds last rows that are unlike the others, though of the same array, where it is felt."""
    auc = told_apart(case)
    if auc is None or not fails_on_validation(case) or outcome(case).is_good:
        return
    is_by_group = rows_go_together(case)
    loses = reference_loses_too(case) and not is_by_group
    moved = moved_feature(case.rows.drift if case.rows else None)
    yield split_is_last_rows_of_sorted_data.finding(
        case,
        severity="warning" if loses else "note",
        status="confirmed" if loses else "suspected",
        message=f"the last rows differ: {moved or f'told apart, area {figure(auc.value, 2)}'}",
        observed=Observed(auc.value, "area under ROC", auc.low, auc.high, auc.n),
        expected=Expected("<=", APART, "chance is .5, which a random order would leave"),
        size=lost_on_validation(case),
        evidence=(
            "validation_split takes the last rows of the array, before any shuffling",
            f"a classifier tells them from the others: area under ROC {figure(auc.value, 2)} "
            f"({figure(auc.low, 2)} to {figure(auc.high, 2)}, {count(auc.n)} rows)",
            *reference_lines(case),
            *([] if loses else ["what settles it: the same fit on a split drawn at random"]),
        ),
        help="if time orders the rows, train on what later use will know; else shuffle them first",
        remedies=("shuffled-split",),
        explains=EXPLAINS if loses else (),
    )


def _do_not_meet(low: float, high: float, val_low: float, val_high: float) -> bool:
    return low < high and val_low < val_high and (val_low >= high or val_high <= low)


def _end(value: float | None) -> str:
    return f"{value:.3g}"
