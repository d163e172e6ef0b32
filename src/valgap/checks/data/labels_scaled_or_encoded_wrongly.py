"""DAT312: labels that the loss does not mean, or that one split has otherwise than the other."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.heads_and_targets import OF_ROWS, OF_SHARES
from valgap.checks.label_misfits import Misfit, misfits
from valgap.checks.learning import lost_skill
from valgap.checks.outcome import outcome
from valgap.checks.trouble import (
    OF_GENERALISING,
    OF_THE_TASK,
    fails_on_validation,
    falls_short,
    loss_was_lost,
    lost_on_validation,
)
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Finding, Observed, Status
from valgap.registry import check

_LONGEST = 16


def _labels(low: float, high: float) -> Case:
    target = TargetRecord(
        "train", "output", "classes", (1,), "float32", 1000, low, high, 0.5 * (low + high),
        0.5 * (high - low), 2, True, {f"{low:g}": 490, f"{high:g}": 510},
    )  # fmt: skip
    head = HeadRecord(
        "output", "dense_4", (1,), "sigmoid", "binary_crossentropy", False, "binary", (1,)
    )
    return example_case(
        compiled={"loss": "binary_crossentropy"},
        measured_rows={"targets": (target,)},
        measured_model={"heads": (head,), "predictions": classified(0.56, 0.54)},
    )


def _zero_and_255() -> Case:
    return _labels(0.0, 255.0)


def _zero_and_one() -> Case:
    return _labels(0.0, 1.0)


@check(
    code="DAT312",
    name="labels-scaled-or-encoded-wrongly",
    family="DAT",
    severity="error",
    needs=("targets", "heads"),
    fires_on=_zero_and_255,
    silent_on=_zero_and_one,
)
def labels_scaled_or_encoded_wrongly(case: Case) -> Iterable[Finding]:
    """Labels have a range or an encoding that the loss does not mean, in one split or both.

    What it looks for: labels of `sparse_categorical_crossentropy` that are no whole numbers
    from 0 to one below the number of units; labels outside 0 to 1 under binary or categorical
    cross-entropy, outside -1 to 1 under a hinge; validation labels that are counted from
    another number, have another encoding, or a size ten times that of training. Confirmed
    where its effect shows: the fit raised, a cross-entropy logged below 0, rows that are not
    told apart.

    Why it matters: Keras takes what it is given. A label of 255 pulls the output to 1 with a
    slope that never ends, labels cast to whole numbers all become 0, an accuracy compares
    with what no output can be.

    What to do: make labels 0 to k - 1, or one-hot rows, or 0 and 1, by one function for all
    splits; divide masks by 255; use the same scaler for the targets of both splits.

    References: Keras documentation, Losses (what each expects for y_true); scikit-learn
    documentation, LabelEncoder.
    """
    misfit = next(iter(misfits(case)), None)
    if misfit is not None:
        yield _finding(case, misfit)


def _finding(case: Case, misfit: Misfit) -> Finding:
    status = _status(case, misfit)
    in_training = misfit.split == "train"
    lost = lost_skill(case) if in_training else lost_on_validation(case)
    return labels_scaled_or_encoded_wrongly.finding(
        case,
        severity="note" if status == "harmless" else "error",
        status=status,
        message=misfit.told,
        observed=Observed(misfit.observed, "label", n=misfit.pair.target.rows),
        expected=misfit.expected,
        size=0.0 if status == "harmless" else lost,
        evidence=(
            f"target {misfit.pair.target.name[:_LONGEST]}: {misfit.line}",
            _last_line(case, status),
        ),
        help="labels 0 to k - 1, one-hot rows or 0 and 1, made by one function for all splits",
        remedies=("encode-labels",),
        explains=() if status == "harmless" else _explained(in_training),
    )


def _status(case: Case, misfit: Misfit) -> Status:
    """Confirmed by an effect that correct labels cannot have; harmless where there is none."""
    in_training = misfit.split == "train"
    is_seen = _is_below_zero(case, misfit) or loss_was_lost(case) or case.fit.status == "raised"
    if is_seen or (falls_short(case) if in_training else fails_on_validation(case)):
        return "confirmed"
    return "harmless" if outcome(case).is_good else "suspected"


def _is_below_zero(case: Case, misfit: Misfit) -> bool:
    """A cross-entropy of labels within their range is never below 0."""
    if misfit.pair.head.loss not in (*OF_SHARES, *OF_ROWS):
        return False
    return any(value < 0 for name in ("loss", "val_loss") for value in case.history(name).values())


def _explained(in_training: bool) -> tuple[str, ...]:
    missing = ("DAT202", "DAT203", "FIT112", "MOD116")
    known = (*OF_THE_TASK, *OF_GENERALISING) if in_training else OF_GENERALISING
    return (*dict.fromkeys((*known, *missing, "DAT205", "DAT208", "DAT209", "MOD103", "FIT110")),)


def _last_line(case: Case, status: Status) -> str:
    if status == "harmless":
        return "the fit does well all the same"
    if status == "suspected":
        return "what settles it: the same fit with labels encoded as the loss takes them"
    if case.fit.status == "raised":
        return f"the fit ended in an error: {case.fit.error or 'of unknown kind'}"
    return "seen in the outcome: a loss that labels in their range cannot have, or rows not told"
