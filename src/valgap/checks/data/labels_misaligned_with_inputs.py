"""DAT208: training labels do not belong to their inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_split import referred, table
from valgap.checks.pairing import observed, signal_lines, told
from valgap.checks.reference_skill import (
    clipped,
    is_clear,
    is_nothing,
    lacks_most,
    own_skill,
    signal,
)
from valgap.evidence.account import Estimate
from valgap.evidence.rows import References
from valgap.finding import Expected, Finding, Severity, Status
from valgap.ranking import stands
from valgap.registry import check

# With fewer rows than half of validation's, training may only show less of the same signal.
ROWS = 0.5
# Rows learned by heart to a quarter, while new rows show nothing: the model is able and tries.
BY_HEART = 0.25
# References that find most of what there is to be found in these kinds of inputs.
STRONG_ON = ("table",)
STRONG = ("minirocket",)
EXPLAINS = (
    "DAT104",
    "DAT201",
    "DAT205",
    "DAT206",
    "DAT207",
    "EVL102",
    "EVL105",
    "EVL107",
    "EVL109",
    "FIT102",
    "FIT103",
    "FIT113",
    "FIT117",
    "MOD119",
    "CUR101",
    "CUR102",
    "CUR103",
    "CUR104",
    "CUR105",
    "CUR106",
)


def _fit(within_train: float) -> Case:
    found = referred((within_train, 0.91), within_train, (0.93, within_train))
    return example_case(measured_rows={"inputs": (table(),), "references": found})


def _shuffled_in_training() -> Case:
    return _fit(0.505)


def _paired() -> Case:
    return _fit(0.92)


@check(
    code="DAT208",
    name="labels-misaligned-with-inputs",
    family="DAT",
    severity="error",
    needs=("references",),
    fires_on=_shuffled_in_training,
    silent_on=_paired,
    after_all=True,
)
def labels_misaligned_with_inputs(case: Case) -> Iterable[Finding]:
    """Training labels do not belong to their inputs: the pairing carries no signal.

    What it looks for: a cheap reference cross-validated inside training finds less than a
    third of the signal that it finds inside validation, and so does the own model there.
    Where nothing has any signal anywhere it is only suspected, as the task may be that hard:
    the own model then has learned its rows by heart, the references are strong ones for this
    kind of input, or no other check has found a cause.

    Why it matters: shuffled labels are learned by heart or not at all, and no change of model
    or rate helps. It happens where inputs or labels are shuffled, sorted or filtered alone.

    What to do: look at ten rows with their labels; shuffle both with one permutation, build
    both from one list of files, and never sort or filter the one alone.

    References: Zhang et al., Understanding deep learning requires rethinking generalization,
    2017; Ojala and Garriga, Permutation Tests for Studying Classifier Performance, 2010.
    """
    found = case.rows.references if case.rows else None
    if found is None or not _can_be_told(case):
        return
    own = signal(found, "own") or own_skill(case, "validation")
    if _shows_in_validation(found, own):
        yield _finding(case, found, "error", "suspected" if own is None else "confirmed")
    elif _shows_nowhere(found, own) and (
        _is_by_heart(case)
        or _is_strong(case, found)
        or not (_has_other_cause(case) or _is_of_words(case))
    ):
        yield _finding(case, found, "warning", "suspected")


def _can_be_told(case: Case) -> bool:
    """Whether inputs differ from row to row and labels too."""
    differ = all(i.rows_differ and i.non_finite_rows < i.rows for i in case.inputs())
    return differ and not any(t.distinct is not None and t.distinct < 2 for t in case.targets())


def _shows_in_validation(found: References, own: Estimate | None) -> bool:
    """Whether the pairing of validation rows carries a signal that training rows lack."""
    there, here = signal(found, "within_validation"), signal(found, "within_train")
    enough = found.rows_train >= ROWS * found.rows_validation
    is_lost = own is None or lacks_most(own, there)
    return enough and is_clear(there) and lacks_most(here, there) and is_lost


def _shows_nowhere(found: References, own: Estimate | None) -> bool:
    """Whether own model and references are at chance on new rows, on rows enough."""
    others = signal(found, "across"), signal(found, "within_validation")
    is_known = is_nothing(signal(found, "within_train")) and is_nothing(own)
    return is_known and not any(is_clear(other) for other in others)


def _has_other_cause(case: Case) -> bool:
    """Whether another check found what the lack of any signal may come from."""
    return any(
        stands(f) and f.severity != "note" and f.family not in ("CUR", "EVL")
        for f in case.findings
        if f.fit == case.fit.id
    )


def _is_of_words(case: Case) -> bool:
    """Whether references count words or steps, and would miss what their order tells."""
    return any(given.kind == "other" for given in case.inputs())


def _is_by_heart(case: Case) -> bool:
    train = own_skill(case, "train")
    return train is not None and train.value >= BY_HEART


def _is_strong(case: Case, found: References) -> bool:
    """Whether the references would have seen the signal of such inputs."""
    kinds = {i.kind for i in case.inputs()}
    return any(k in found.scores for k in STRONG) or (bool(kinds) and kinds <= set(STRONG_ON))


def _finding(case: Case, found: References, severity: Severity, status: Status) -> Finding:
    is_split = severity == "error"
    inside, there = signal(found, "within_train"), signal(found, "within_validation")
    rest = f"{told(there)} in validation" if is_split else "none on new rows"
    measured = observed(inside, found.rows_train)
    if not is_split:  # no signal is an absence, not an estimate that lies beyond a threshold
        measured = replace(measured, low=None, high=None)
    return labels_misaligned_with_inputs.finding(
        case,
        severity=severity,
        status=status,
        message=f"labels do not fit inputs: signal {told(inside)} in training, {rest}"
        if is_split or _is_by_heart(case)
        else "no signal in the pairing: model and cheap references at chance on new rows",
        observed=measured,
        expected=_expected(there if is_split else None),
        size=_size(case, found) if is_split else 1.0,
        evidence=(*signal_lines(found), *_open(is_split)),
        help="look at ten rows with their labels; shuffle both with one permutation",
        remedies=("pair-labels-again",),
        explains=EXPLAINS,
    )


def _expected(there: Estimate | None) -> Expected:
    if there is not None:
        return Expected(">", there.low, "the same inside validation, lower end of its interval")
    return Expected(">", 0.0, "what a constant prediction gets")


def _size(case: Case, found: References) -> float:
    """The share of the signal to be had, as validation shows it, that the own model lacks."""
    there = signal(found, "within_validation")
    own = signal(found, "own") or own_skill(case, "validation")
    if there is None or own is None or there.value <= 0:
        return 1.0
    return clipped(1 - own.value / there.value)


def _open(is_split: bool) -> list[str]:
    if is_split:
        return []
    return ["looking at ten rows settles it; labels shuffled on purpose must then do as well"]
