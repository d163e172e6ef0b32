"""EVL101: too few validation rows for the figure to say much."""

from __future__ import annotations

import math
from collections.abc import Iterable

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate
from valgap.checks.learning import learns_poorly
from valgap.checks.outcome import outcome
from valgap.checks.own_score import Score, scores
from valgap.finding import Expected, Finding, Observed, Severity
from valgap.registry import check
from valgap.wording import count, figure, percent

# Half the width of the 95 % interval: beyond 10 points two decent models cannot be told apart
# (96 rows at an accuracy of .5, 35 at .9), beyond 20 a coin and a good model hardly (24, 8).
WIDE, HOPELESS = 0.10, 0.20
# The share of variance explained lies on a scale twice as coarse: half of it is a good fit too.
OF_R2 = 2.0
# The half-width of an accuracy of .5, the widest there is, is this over the root of the rows.
AT_WORST = 0.98


def _rows(rows: int, score: float) -> Case:
    found = estimate(score, rows, (score * (1 - score)) ** 0.5)
    return example_case(
        validation_rows=rows,
        measured_model={"predictions": classified(0.92, score, rows=rows, accuracy=found)},
    )


def _ten_rows() -> Case:
    return _rows(10, 0.7)


def _five_hundred_rows() -> Case:
    return _rows(500, 0.88)


@check(
    code="EVL101",
    name="validation-set-too-small",
    family="EVL",
    severity="error",
    needs=("validation",),
    audits=True,
    fires_on=_ten_rows,
    silent_on=_five_hundred_rows,
)
def validation_set_too_small(case: Case) -> Iterable[Finding]:
    """So few validation rows that their score can be far from the true one.

    What it looks for: the 95 % interval of the validation score, for the rows that validation
    scores: a warning from 10 points to each side on (20 of the share of variance explained), an
    error from twice that on. It is a note where training rows score poorly too, since more
    validation rows would not help.

    Why it matters: the figure may lie anywhere in the interval. Comparing epochs, models or
    settings by it is drawing lots, and its jumps are no volatility of the model.

    What to do: cross-validation over all rows (by group where rows go together), repeated with
    other splits; report the interval; do not choose by less than it can show.

    References: Wilson, Probable Inference, 1927; Varoquaux, Cross-validation failure: small
    sample sizes lead to large error bars, 2018; Dietterich, Approximate Statistical Tests for
    Comparing Supervised Classification Learning Algorithms, 1998.
    """
    told = [(score, _excess(score)) for score in scores(case)]
    if not told:
        yield from _by_rows_alone(case)
        return
    score, excess = max(told, key=lambda pair: pair[1])
    if excess >= 1:
        yield _finding(case, score, excess)


def _excess(score: Score) -> float:
    """The half-width in units of what is too wide."""
    half = score.half_width
    if half is None or not finite(half) or abs(score.estimate.value) > 1:
        return 0.0
    return half / (WIDE * (OF_R2 if score.name == "R2" else 1.0))


def _finding(case: Case, score: Score, excess: float) -> Finding:
    found, half = score.estimate, score.half_width or 0.0
    is_error = excess * WIDE >= HOPELESS
    return validation_set_too_small.finding(
        case,
        severity=_severity(case, is_error),
        status="confirmed",
        message=f"{count(score.rows)} validation rows: {score.name} {figure(found.value, 2)} "
        # Of R2 on a handful of rows it may be any number: the message keeps to its length.
        f"may be off by {figure(min(half, 99.0), 2)} either way",
        observed=Observed(half, f"half-width of {score.name}", n=score.rows),
        expected=_expected(score.name),
        size=min(1.0, half),
        evidence=(
            f"{score.name} {figure(found.value, 3)}, 95 % interval {figure(found.low, 3)} to "
            f"{figure(found.high, 3)} ({count(score.made.rows)} rows)",
            f"two models must differ by {figure(score.smallest_difference, 2)} to be told apart "
            "on such rows",
        ),
        help="cross-validation over all rows, and differences below the interval left alone",
        remedies=("cross-validation",),
        explains=_explained(is_error),
    )


def _expected(name: str) -> Expected:
    least = WIDE * (OF_R2 if name == "R2" else 1.0)
    return Expected("<", least, "10 points to each side; Varoquaux, 2018")


def _severity(case: Case, is_error: bool) -> Severity:
    # Half of what there is to be had is poor only where a reference shows that more was there.
    if outcome(case).has_not_learned or learns_poorly(case):
        return "note"
    return "error" if is_error else "warning"


def _explained(is_error: bool) -> tuple[str, ...]:
    drawn = ("CUR103", "DAT202", "DAT203", "EVL102", "EVL106", "FIT117")
    return (*drawn, "EVL107") if is_error else drawn


def _by_rows_alone(case: Case) -> Iterable[Finding]:
    """Where no score was measured, the rows tell how wide its interval is at worst."""
    rows = case.fit.validation.rows if case.fit.validation else None
    if rows is None or rows <= 0 or AT_WORST / math.sqrt(rows) < HOPELESS:
        return
    half = min(0.5, AT_WORST / math.sqrt(rows))
    yield validation_set_too_small.finding(
        case,
        severity=_severity(case, False),
        status="confirmed",
        message=f"{count(rows)} validation rows: an accuracy may be off by {percent(half)}",
        observed=Observed(half, "half-width of an accuracy of .5", n=rows),
        expected=Expected("<", HOPELESS, "20 points to each side; Varoquaux, 2018"),
        size=half,
        evidence=(f"the 95 % interval of an accuracy of .5 on {count(rows)} rows",),
        help="cross-validation over all rows, and differences below the interval left alone",
        remedies=("cross-validation",),
        explains=_explained(False),
    )
