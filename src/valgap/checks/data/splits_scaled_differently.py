"""DAT302: validation inputs on another scale than training inputs."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite, measured
from valgap.checks.counterfactual import as_fed
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.measures import lies_beyond, lies_inside, smallest_that_matters
from valgap.checks.outcome import outcome
from valgap.checks.split_scales import (
    OF_PICTURES,
    OF_SERIES,
    OF_TABLES,
    SHIFT_OF_TABLES,
    Scales,
    differing_scales,
)
from valgap.checks.trouble import OF_GENERALISING, fails_on_validation, lost_on_validation
from valgap.evidence.account import Row
from valgap.evidence.rows import InputRecord
from valgap.finding import Expected, Experiment, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure, places, signed

THRESHOLDS = {"image": OF_PICTURES, "frames": OF_PICTURES, "table": OF_TABLES}


def _pictures(highest: float, validation: float) -> Case:
    train = InputRecord(
        "train", "x", "image", (28, 28, 1), "float32", 1000, 0.0, 1.0, 0.29, 0.35, features=1,
        feature_mean=(0.29,), feature_std=(0.35,),
    )  # fmt: skip
    held_out = InputRecord(
        "validation", "x", "image", (28, 28, 1), "float32", 450, 0.0, highest, 0.29 * highest,
        0.35 * highest, features=1, feature_mean=(0.29 * highest,), feature_std=(0.35 * highest,),
    )  # fmt: skip
    return example_case(
        measured_rows={"inputs": (train, held_out)},
        measured_model={"predictions": classified(0.97, validation, classes=10)},
    )


def _validation_in_bytes() -> Case:
    return _pictures(255.0, 0.31)


def _both_to_one() -> Case:
    return _pictures(1.0, 0.95)


@check(
    code="DAT302",
    name="splits-scaled-differently",
    family="DAT",
    severity="error",
    needs=("validation", "inputs", "validation-inputs"),
    fires_on=_validation_in_bytes,
    silent_on=_both_to_one,
)
def splits_scaled_differently(case: Case) -> Iterable[Finding]:
    """Validation inputs are on another scale than the inputs that the model was trained on.

    What it looks for: spread and mean of each input, by feature, in both splits: half as much
    spread again in pictures whose ends moved too, three times in most features of a table,
    ten times in a series, each beyond sampling. Validation rows as the script feeds them are
    held against the same rows sent through the training pipeline. Confirmed where training
    rows score well and validation rows do not, or the ledger's validation-pipeline row does.

    Why it matters: weights learned on one scale mean nothing on another. Validation looks
    like overfitting, and no regulariser helps.

    What to do: fit scalers on training rows, apply the same ones to all splits, best as a
    layer of the model (`Rescaling`, `Normalization`); give both generators the same `rescale`.

    References: scikit-learn user guide, Common pitfalls, "Inconsistent preprocessing"; Keras
    documentation, Normalization and ImageDataGenerator.
    """
    found = sorted(differing_scales(case), key=lambda scales: -scales.off)
    if found:
        yield _finding(case, found[0], len(found))


def _finding(case: Case, scales: Scales, inputs: int) -> Finding:
    row = _pipeline_row(case) if scales.fed else None
    status = _status(case, row, scales.fed)
    is_wider = scales.off >= OF_PICTURES
    told = (
        f"validation spreads {figure(scales.factor)} times as far"
        if is_wider
        else f"validation lies {figure(scales.shift)} spreads off"
    )
    return splits_scaled_differently.finding(
        case,
        severity="note" if status == "harmless" else "error",
        status=status,
        message=f"splits scaled differently: {told}",
        observed=Observed(
            scales.off if is_wider else scales.shift,
            "spreads, larger over smaller" if is_wider else "spreads of training",
            n=scales.validation.rows,
        ),
        expected=_expected(scales, is_wider),
        size=0.0 if status == "harmless" else _size(case, row),
        experiment=_experiment(case) if scales.fed else None,
        evidence=(*_lines(case, scales, inputs, row), _last_line(status)),
        help="scale both splits alike, by training statistics or a layer in the model",
        remedies=("scale-splits-alike",),
        explains=() if status == "harmless" else (*OF_GENERALISING, "DAT209"),
    )


def _status(case: Case, row: Row | None, is_fed: bool) -> Status:
    """By the ledger's row where the feeding differs, else by how clean rows come out."""
    if is_fed and row is None:
        return "suspected"
    if row is not None:
        delta = smallest_that_matters(case, "loss", row.before or 0.0)
        if lies_beyond(row.low, row.high, delta):
            return "confirmed"
        if lies_inside(row.low, row.high, delta):
            return "harmless"
        return "inconclusive"
    if outcome(case).is_good:
        return "harmless"
    return "confirmed" if fails_on_validation(case) else "suspected"


def _pipeline_row(case: Case) -> Row | None:
    account = case.account()
    return measured(account, "validation-pipeline") if account else None


def _experiment(case: Case) -> Experiment | None:
    """Validation rows as the script feeds them against the same in the training pipeline."""
    return as_fed(case.account(), "validation-on-training-scale", "scale of validation inputs")


def _expected(scales: Scales, is_wider: bool) -> Expected:
    largest = THRESHOLDS.get(scales.train.kind, OF_SERIES) if is_wider else SHIFT_OF_TABLES
    return Expected("<", largest, f"what splits of one source stay below, kind {scales.train.kind}")


def _size(case: Case, row: Row | None) -> float:
    """The share of validation that the scale costs: of its loss as fed, or of its skill."""
    if row is not None and finite(row.delta) and finite(row.after) and row.after:
        return min(1.0, abs(row.delta / row.after))
    return lost_on_validation(case)


def _lines(case: Case, scales: Scales, inputs: int, row: Row | None) -> list[str]:
    a, b = scales.train, scales.validation
    mean, std = (b.fed_mean, b.fed_std) if scales.fed else (b.mean, b.std)
    lines = [
        f"input {a.name}, training: {figure(a.low)} to {figure(a.high)}, mean {figure(a.mean)}, "
        f"standard deviation {figure(a.std)} ({count(a.rows)} rows)",
        f"input {b.name}, validation{' as fed' if scales.fed else ''}: {figure(scales.low)} to "
        f"{figure(scales.high)}, mean {figure(mean)}, standard deviation {figure(std)} "
        f"({count(b.rows)} rows)",
    ]
    if inputs > 1:
        lines.append(f"{inputs} inputs differ, this one most")
    drift = case.rows.drift if case.rows else None
    if drift and finite(drift.scale) and finite(drift.shift) and not scales.fed:
        lines.append(
            f"training = {figure(drift.scale)} x validation {signed(drift.shift)} fits all features"
        )
    if row is not None:
        d = places([row.before, row.after])
        lines.append(
            f"val_loss on the scale of training {figure(row.before, d)}, as fed "
            f"{figure(row.after, d)}"
        )
    return lines


def _last_line(status: Status) -> str:
    if status == "confirmed":
        return "training rows score well on their own scale, validation rows do not on theirs"
    if status == "harmless":
        return "validation scores well all the same"
    return "what settles it: validation rows scored on the scale of training"
