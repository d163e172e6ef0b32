"""DAT106: windows of one recording that share steps across the split."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.reference_skill import clipped
from valgap.checks.twins import grouped_lines, is_lower_by_group
from valgap.evidence.rows import InputRecord, Neighbours
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, percent

# A window of which most was seen in training is not a new one.
MOST = 0.5


def _windows(shared: float) -> Case:
    neighbours = Neighbours(1000, 450, 0.6, 0.58, 0.1, shared_steps=shared)
    series = InputRecord(
        "train", "input", "series", (100, 6), "float32", 1000, -3, 3, 0, 1, features=6
    )
    return example_case(measured_rows={"inputs": (series,), "neighbours": neighbours})


def _shuffled() -> Case:
    return _windows(0.97)


def _cut_in_time() -> Case:
    return _windows(0.11)


@check(
    code="DAT106",
    name="windows-overlap-across-splits",
    family="DAT",
    severity="warning",
    needs=("validation", "neighbours", "inputs"),
    fires_on=_shuffled,
    silent_on=_cut_in_time,
)
def windows_overlap_across_splits(case: Case) -> Iterable[Finding]:
    """Windows cut from one recording share time steps across the split.

    What it looks for: the share of the steps of validation windows that stand in training
    bit for bit, against the most that windows at stride one can share at both ends of a
    stretch cut out in time. Where steps recur by themselves, as rounded readings do, only
    runs of them count that are too long to recur.

    Why it matters: a window that was seen but for a few steps is no new one; the figure says
    how well the recording is remembered.

    What to do: cut recordings into training and validation first, then into windows; leave
    out a window's length between the two.

    References: Hammerla and Plötz, Let's (not) Stick Together: Pairwise Similarity Biases
    Cross-Validation in Activity Recognition, 2015.
    """
    found = case.rows.neighbours if case.rows else None
    share = found.shared_steps if found else None
    most = _most_at_the_ends(case)
    if found is None or not finite(share) or most is None or clipped(share) <= most:
        return
    is_lower = is_lower_by_group(case)
    if is_lower is False:
        return
    yield windows_overlap_across_splits.finding(
        case,
        status="confirmed" if is_lower else "suspected",
        message=f"windows overlap: {percent(clipped(share))} of validation steps stand in "
        "training too",
        observed=Observed(clipped(share), "share of time steps", n=found.rows_validation),
        expected=Expected("<=", most, "windows at stride one, cut apart in time at both ends"),
        size=clipped(share),
        evidence=(
            f"{percent(clipped(share))} of the steps of {count(found.rows_validation)} "
            f"validation windows; a stretch cut out in time shares at most {percent(most)}",
            *grouped_lines(case),
            *([] if is_lower else ["a fit on a split by recording or by time settles it"]),
        ),
        help="split recordings or time first, then cut windows, with a gap between",
        remedies=("split-by-group", "split-by-time-with-gap"),
        explains=("DAT102", "DAT103", "DAT105"),
    )


def _most_at_the_ends(case: Case) -> float | None:
    """The share of steps that a stretch cut out in time shares with what is left, at most."""
    judged = [i for i in case.inputs() if i.kind == "series" and len(i.shape) >= 2]
    if not judged:
        return None
    length = max(i.shape[0] for i in judged)
    rows = case.fit.validation.rows if case.fit.validation else None
    if length <= 1 or not rows or rows < 1:
        return None
    one_end = (length + 1) / (2 * rows) if rows >= length else 1 - (rows - 1) / (2 * length)
    return max(MOST, clipped(2 * one_end))
