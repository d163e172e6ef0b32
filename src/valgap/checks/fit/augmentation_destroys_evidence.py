"""FIT119: transforms that take out of the rows what tells their classes apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite, measured
from valgap.checks.counterfactual import difference, experiment, in_training_mode
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.outcome import MATTERS, POOR, outcome
from valgap.checks.reference_skill import is_nothing, skill
from valgap.checks.trouble import OF_LEARNING, falls_short
from valgap.evidence.account import Row
from valgap.evidence.records import DataRecord
from valgap.finding import Expected, Experiment, Finding, Observed, Status
from valgap.registry import check
from valgap.wording import count, figure

# A quarter of the skill is what is left where most rows of most classes look alike; strong
# augmentation that helps leaves more than half.
LEFT = 0.25
# Mixed rows have mixed labels: the largest one says little.
MIXING = ("mixup", "cutmix")
SETTLES = "what settles it: pairs of fits with these transforms and with none"

_LOSS = (0.72, 0.71, 0.70, 0.69, 0.68, 0.68, 0.67, 0.67, 0.66, 0.66, 0.66, 0.66)


def _destroyed() -> Case:
    return _case(-0.36)


def _kept() -> Case:
    return _case(-0.06)


def _case(delta: float) -> Case:
    transforms = DataRecord(
        "train", "ImageDataGenerator", 500, 10, 50, transforms="known",
        transform_names=("shear_range", "zoom_range"),
    )  # fmt: skip
    return example_case(
        loss=_LOSS,
        val_loss=[v - 0.1 for v in _LOSS],
        rows={"augmentation": delta},
        measured_rows={"references": references(0.8, 0.68)},
        measured_model={"predictions": classified(0.86, 0.68)},
        changes={"train": transforms},
    )


@check(
    code="FIT119",
    name="augmentation-destroys-evidence",
    family="FIT",
    severity="warning",
    needs=("loss-gap", "predictions"),
    fires_on=_destroyed,
    silent_on=_kept,
)
def augmentation_destroys_evidence(case: Case) -> Iterable[Finding]:
    """Random transforms take out of the rows what tells their classes apart.

    What it looks for: the augmentation row of the gap ledger: training rows that the model
    tells plain, and on which it has a quarter of that skill or less once they are
    transformed. Likewise where the model has learned little, and a cheap reference that tells
    plain rows tells nothing of transformed ones. It is not said where validation does well,
    for strong augmentation makes training rows hard on purpose, nor where rows and labels are
    mixed.

    Why it matters: a flipped 6 is a 9, two pieces that touch come apart under a shear, a crop
    leaves the object out. The label is then wrong, and what is learned is noise.

    What to do: look at transformed rows beside their labels; leave out what changes the
    label, and halve the ranges of the rest.

    References: Shorten and Khoshgoftaar, A survey on Image Data Augmentation for Deep
    Learning, 2019 (safety of a transform).
    """
    came_out = outcome(case)
    if came_out.is_good or came_out.train is None or _mixes(case):
        return
    if came_out.train.value < POOR:
        yield from _nothing_left(case)
        return
    told = _by_score(case) or _by_loss(case)
    if told is not None and told.transformed <= LEFT * told.plain and told.plain >= POOR:
        yield _finding(case, told)


def _nothing_left(case: Case) -> Iterable[Finding]:
    """Finds rows that a reference tells plain, and not at all transformed; nor does the model."""
    found = case.rows.references if case.rows else None
    if found is None or found.transformed is None or not falls_short(case):
        return
    plain, left = skill(found.within_train, found), skill(found.transformed, found)
    if plain is None or left is None or not is_nothing(left) or plain.value < POOR:
        return
    yield augmentation_destroys_evidence.finding(
        case,
        status="suspected",
        message=f"augmentation leaves nothing to tell: reference {figure(plain.value, 2)} plain, "
        f"{figure(max(0.0, left.value), 2)} changed",
        observed=Observed(left.value, "skill on transformed rows", left.low, left.high, left.n),
        expected=Expected(">", LEFT * plain.value, "a quarter of the skill on plain rows"),
        size=lost_skill(case),
        experiment=experiment(
            difference(left, plain, same_rows=True),
            name="transformed-rows-told",
            varied="random transforms, in skill",
            held="reference and rows",
        ),
        evidence=(
            f"a cheap reference within training: skill {figure(plain.value, 2)} on plain rows, "
            f"{figure(left.value, 2)} on transformed ones ({count(left.n)} rows)",
            *skill_lines(case),
            SETTLES,
        ),
        help="look at transformed rows beside their labels, and halve the ranges",
        remedies=("gentler-augmentation",),
        explains=(*OF_LEARNING, "CUR107", "EVL104", "FIT102"),
    )


def _mixes(case: Case) -> bool:
    layers = case.layers(lambda layer: layer.kind == "augmentation")
    names = [*case.fit.train.transform_names, *(layer.cls for layer in layers)]
    return any(word in name.lower() for name in names for word in MIXING)


@dataclass(frozen=True, slots=True)
class _Told:
    """Skill on training rows plain and transformed, and the ledger row that it comes from."""

    metric: str
    plain: float
    transformed: float
    high: float
    row: Row


def _by_score(case: Case) -> _Told | None:
    """By a logged accuracy, on a scale from chance to perfect."""
    account, classes = case.account("last", "accuracy"), _classes(case)
    row = measured(account, "augmentation") if account else None
    if row is None or classes is None or not finite(row.before) or not finite(row.after):
        return None
    width = row.high - row.low if finite(row.low) and finite(row.high) else 0.0
    chance = 1 / classes
    return _Told(
        "accuracy",
        (row.after - chance) / (1 - chance),
        (row.before - chance) / (1 - chance),
        (row.before + width / 2 - chance) / (1 - chance),
        row,
    )


def _by_loss(case: Case) -> _Told | None:
    """By the cross-entropy, as the part of ln(classes) that it is below."""
    account, classes = case.account(), _classes(case)
    row = measured(account, "augmentation") if account else None
    is_entropy = case.fit.compile is not None and "crossentropy" in case.fit.compile.loss
    if row is None or classes is None or not is_entropy:
        return None
    if not finite(row.before) or not finite(row.after):
        return None
    width = row.high - row.low if finite(row.low) and finite(row.high) else 0.0
    blind = math.log(classes)
    ends = [1 - v / blind for v in (row.after, row.before, row.before - width / 2)]
    return _Told("loss", ends[0], ends[1], ends[2], row)


def _classes(case: Case) -> int | None:
    """How many classes there are, where there is one output of classes."""
    made = case.predictions("train")
    if len(made) != 1 or made[0].task not in ("binary", "multiclass"):
        return None
    return max(2, len(made[0].recalls))


def _finding(case: Case, told: _Told) -> Finding:
    status: Status = "confirmed" if told.high < 2 * MATTERS else "suspected"
    names = ", ".join(case.fit.train.transform_names) or "of a kind that could not be told"
    row = told.row
    lost = min(1.0, max(0.0, 1 - max(0.0, told.transformed) / told.plain))
    return augmentation_destroys_evidence.finding(
        case,
        status=status,
        message=f"augmentation destroys evidence: {told.metric} {figure(row.before)}, plain "
        f"{figure(row.after)}",
        observed=Observed(told.transformed, "skill on transformed training rows", n=row.n),
        expected=Expected(">", LEFT * told.plain, "a quarter of the skill on the same rows, plain"),
        size=0.5 * lost,
        experiment=_experiment(case, told),
        evidence=(
            f"training {told.metric} on {count(row.n)} rows: transformed {figure(row.before)}, "
            f"plain {figure(row.after)}, same weights",
            f"skill {figure(told.transformed, 2)} of 1 transformed, {figure(told.plain, 2)} plain",
            f"transforms: {names[:120]}",
            *([SETTLES] if status == "suspected" else []),
        ),
        help="look at transformed rows beside their labels, and halve the ranges",
        remedies=("gentler-augmentation",),
        explains=("CUR102", "CUR107", "EVL104", "EVL109"),
    )


def _experiment(case: Case, told: _Told) -> Experiment | None:
    account = case.account("last", told.metric)
    return in_training_mode(account, "augmentation") if account else None
