"""MOD102: the end of the model and its loss do not fit one another."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.head_and_loss import (
    Mismatch,
    complaint,
    fitting,
    mismatch,
    target_of,
    units_of,
)
from valgap.checks.learning import has_failed, learns_poorly, lost_skill, of_output, skill_lines
from valgap.checks.outcome import outcome
from valgap.checks.trouble import OF_THE_TASK
from valgap.evidence.model import HeadRecord
from valgap.evidence.rows import TargetRecord
from valgap.finding import Expected, Finding, Observed, Scope, Severity, Status
from valgap.registry import check


def _example(logits: bool, score: float) -> Case:
    head = HeadRecord(
        "output",
        "dense_4",
        (4,),
        "linear",
        "sparse_categorical_crossentropy",
        logits=logits,
        task="multiclass",
        low=-3.1,
        high=4.6,
    )
    target = TargetRecord(
        "train", "output", "classes", (), "int64", 1408, 0.0, 3.0, distinct=4, whole_numbers=True
    )
    return example_case(
        compiled={"loss": "sparse_categorical_crossentropy"},
        measured_model={"heads": (head,), "predictions": scored(score, score)},
        measured_rows={"targets": (target,), "references": referenced(0.85)},
    )


@check(
    code="MOD102",
    name="output-does-not-match-loss",
    family="MOD",
    severity="error",
    needs=("heads-or-error",),
    fires_on=lambda: _example(logits=False, score=0.26),
    silent_on=lambda: _example(logits=True, score=0.93),
)
def output_does_not_match_loss(case: Case) -> Iterable[Finding]:
    """The end of the model does not give what its loss takes.

    What it looks for: units, activation and shape of each output, `from_logits`, and the
    encoding and classes of its targets, against one another; and whether training rows were
    learned all the same. Where validation does well, it is harmless: on TensorFlow, for one,
    Keras finds the scores behind a sigmoid or softmax by itself. For a fit that Keras ended with an
    error, what the error says of shapes and labels.

    Why it matters: a loss that is given scores for probabilities, or shapes that are stretched
    to one another, is a number all the same. It may even fall, but not for the right reason.

    What to do: take the pair that fits the targets: sigmoid on one unit with binary
    cross-entropy, softmax on one unit a class with categorical (one-hot) or sparse (class
    numbers) cross-entropy, linear units with a squared error; or no activation with
    `from_logits=True`.

    References: Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.6; Keras
    documentation, probabilistic losses; Cao et al., DeepFD, ICSE 2022.
    """
    said = complaint(case)
    if said is not None:
        yield _finding(case, None, None, said, "confirmed")
    for head in case.heads():
        target = target_of(case, head)
        found = mismatch(head, target)
        status = _status(of_output(case, head.output), found) if found else None
        if found and status:
            yield _finding(of_output(case, head.output), head, target, found, status)


def _status(case: Case, found: Mismatch) -> Status | None:
    """Judges by what came of it: what forbids learning and was not learned is confirmed."""
    told = outcome(case)
    if told.train is None and told.validation is None:
        return "suspected"
    if told.is_good:
        return None if _keras_saw_behind_it(case, found) else "harmless"
    if not found.forbids:
        return (
            "suspected" if learns_poorly(case) and not _keras_saw_behind_it(case, found) else None
        )
    if told.train is None or (told.underfits and not has_failed(case)):
        return "suspected"
    return "confirmed" if has_failed(case) else "suspected"


def _keras_saw_behind_it(case: Case, found: Mismatch) -> bool:
    """Tells a logged loss below what it could reach had Keras not found the true scores."""
    logged = case.history("loss")
    return found.floor is not None and bool(logged) and min(logged.values()) < found.floor


def _size(case: Case, found: Mismatch) -> float:
    """What forbids learning weighs half at least: what came out well did so by luck."""
    lost = lost_skill(case)
    return max(0.5, lost) if found.forbids else 0.5 * lost


def _severity(found: Mismatch, status: Status) -> Severity:
    if status == "harmless":
        return "note"
    return "error" if found.forbids else "warning"


def _finding(
    case: Case,
    head: HeadRecord | None,
    target: TargetRecord | None,
    found: Mismatch,
    status: Status,
) -> Finding:
    wanted, pair = fitting(head, target) if head else (None, found.mend)
    is_sure = status in ("confirmed", "harmless")
    last = () if is_sure else (f"training with {pair} would settle what it costs",)
    return output_does_not_match_loss.finding(
        case,
        severity=_severity(found, status),
        status=status,
        message=found.told,
        observed=Observed(float(units_of(head)) if head else None, "units at the head"),
        expected=Expected(
            "==", None if wanted is None else float(wanted), f"the pair that fits: {pair}"
        ),
        size=_size(case, found) if head else 1.0,
        scope=Scope(layer=head.layer if head else None),
        evidence=(found.why, *skill_lines(case), *last),
        help=f"use {pair}",
        remedies=("head-that-fits-the-loss",),
        explains=() if status == "harmless" else (*OF_THE_TASK, "FIT110"),
    )
