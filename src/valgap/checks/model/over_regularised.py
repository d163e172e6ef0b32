"""MOD110: penalties take over the loss, and training rows are not learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from valgap.case import Case, finite, unmixed
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.learning import learns_poorly, lost_skill, skill_lines
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_LEARNING
from valgap.finding import Expected, Finding, Observed, Severity, Status
from valgap.registry import check
from valgap.wording import figure, percent

# The half that a cause must make up: DESIGN section 6.
HALF = 0.5
# A fifth of the loss: below it a penalty is felt in few decisions (the size of MOD106 too).
FELT = 0.2


@dataclass(frozen=True, slots=True)
class _Penalty:
    """The share of the training loss that is penalty, at the end and at its most.

    `is_at_work` says that it drove the fit: it was penalty that fell, or weights have shrunk.
    A penalty that is large because nothing moves, as at a rate too low, is not.
    """

    last: float
    most: float
    figure: float
    loss: float
    is_at_work: bool


def _example(first: float, last: float, data: float, score: float) -> Case:
    penalties = [last + (first - last) * 0.6**i for i in range(12)]
    falls = [data + 0.02 * 0.7**i for i in range(12)]
    loss = [a + b for a, b in zip(penalties, falls, strict=True)]
    rows: Any = {
        "penalties-train": [-p for p in penalties],
        "penalties-validation": penalties,
    }
    return example_case(
        loss=loss,
        val_loss=[value + 0.02 for value in loss],
        rows=rows,
        measured_model={"predictions": scored(score, score - 0.01)},
        measured_rows={"references": referenced(0.9)},
    )


@check(
    code="MOD110",
    name="over-regularised",
    family="MOD",
    severity="error",
    needs=("predictions", "loss-gap"),
    fires_on=lambda: _example(9.0, 1.5, 1.2, 0.4),
    silent_on=lambda: _example(0.9, 0.02, 0.3, 0.93),
)
def over_regularised(case: Case) -> Iterable[Finding]:
    """Penalties make up most of the loss, and training rows are learned poorly.

    What it looks for: the share of the training loss that is penalty (row 2 of the ledger), at
    the end and over the epochs, and whether it was penalty that fell in place of error, where
    training rows score clearly below a cheap reference. Where they score well, a large penalty
    is harmless.

    Why it matters: the optimiser lowers the sum. When penalties are most of it, it makes
    weights small before it makes answers right; with more it makes all of them 0, the penalty
    vanishes from the loss, and the model gives every row the average.

    What to do: divide the penalties by 10 until the training score is as good as without them,
    then raise them only while validation improves.

    References: Goodfellow, Bengio and Courville, Deep Learning, 2016, section 7.1; Krogh and
    Hertz, A Simple Weight Decay Can Improve Generalization, 1992.
    """
    found = _penalty(case)
    if found is None:
        return
    status = _status(case, found)
    if status is not None:
        yield _finding(case, found, status)


def _penalty(case: Case) -> _Penalty | None:
    account = case.account()
    row = unmixed(account, "penalties-train") if account else None
    if row is None or not finite(row.before) or row.before <= 0 or row.delta is None:
        return None
    loss, traced = case.history("loss"), case.trace("penalties-train")
    # The logged loss is a mean over the epoch, in which a large penalty falls fast: what is
    # compared is the loss of the weights at its end.
    averaged = case.trace("epoch-averaging")
    ends = {e: value + averaged.get(e, 0.0) for e, value in loss.items()}
    shares = [-traced[e] / ends[e] for e in traced if ends.get(e, 0.0) > 0]
    last = -row.delta / row.before
    is_at_work = _is_what_falls(traced, loss) or _weights_have_moved(case)
    return _Penalty(last, max([last, *shares]), -row.delta, row.before, is_at_work)


def _weights_have_moved(case: Case) -> bool:
    """Tells whether weights under a penalty have moved by half of their size or more."""
    held = [layer for layer in case.measured_layers() if (layer.penalty or 0.0) > 0]
    return any(finite(layer.moved) and layer.moved >= HALF for layer in held)


def _is_what_falls(traced: dict[int, float], loss: dict[int, float]) -> bool:
    epochs = [epoch for epoch in traced if epoch in loss]
    if len(epochs) < 2:
        return False
    first, last = epochs[0], epochs[-1]
    of_penalty, of_loss = traced[last] - traced[first], loss[first] - loss[last]
    matters = of_penalty > DELTA_OF_LOSS * abs(loss[first])
    return matters and of_penalty >= HALF * of_loss


def _status(case: Case, found: _Penalty) -> Status | None:
    if not learns_poorly(case):
        return "harmless" if found.last >= HALF and outcome(case).is_good else None
    has_collapsed = found.most >= HALF and outcome(case).has_not_learned
    if found.is_at_work and (found.last >= HALF or has_collapsed):
        return "confirmed"
    return "suspected" if found.last >= FELT or has_collapsed else None


def _severity(case: Case, status: Status) -> Severity:
    if status == "harmless":
        return "note"
    return "error" if status == "confirmed" or outcome(case).has_not_learned else "warning"


def _finding(case: Case, found: _Penalty, status: Status) -> Finding:
    share = min(1.0, found.most)
    at_work = "it drove the fit: penalty fell more than error, or weights moved by half"
    last = "training without penalties would settle it"
    return over_regularised.finding(
        case,
        severity=_severity(case, status),
        status=status,
        message=f"over-regularised: penalties are up to {percent(share)} of the training loss",
        observed=Observed(found.last, "share of the training loss at the end"),
        expected=Expected("<", FELT, "below a fifth a penalty decides little"),
        size=0.0 if status == "harmless" else lost_skill(case) * max(HALF, share),
        evidence=(
            f"at the end {figure(found.figure)} of {figure(found.loss)} is penalty; at its most "
            f"{percent(share)} of the loss",
            *([at_work] if found.is_at_work else []),
            *skill_lines(case),
            *([last] if status == "suspected" else []),
        ),
        help="penalties ten times smaller, until training rows are learned",
        remedies=("smaller-penalties", "no-penalties"),
        explains=() if status == "harmless" else (*OF_LEARNING, "MOD112", "EVL104"),
    )
