"""DAT311: the border of a picture tells its label as well as the middle does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from valgap.case import Case, finite
from valgap.checks.counterfactual import difference, experiment
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references
from valgap.checks.outcome import GOOD, POOR
from valgap.checks.reference_skill import is_nothing, skill
from valgap.evidence.account import Estimate
from valgap.evidence.rows import InputRecord, References
from valgap.finding import Expected, Experiment, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure


def _pictures(border: float, centre: float) -> Case:
    given = InputRecord(
        "train", "x", "image", (64, 64, 3), "float32", 1000, 0.0, 1.0, 0.5, 0.25, features=3
    )
    found = references(0.9, 0.9, classes=3)
    shown, middle = estimate(border, 450, 0.4), estimate(centre, 450, 0.4)
    told = replace(found, kind="linear", border=shown, centre=middle)
    return example_case(
        measured_rows={"inputs": (given,), "references": told},
        measured_model={"predictions": classified(0.93, 0.9, classes=3)},
    )


def _border_tells_it() -> Case:
    return _pictures(0.91, 0.72)


def _middle_tells_it() -> Case:
    return _pictures(0.41, 0.88)


@check(
    code="DAT311",
    name="background-predicts-label",
    family="DAT",
    severity="warning",
    needs=("inputs", "references"),
    fires_on=_border_tells_it,
    silent_on=_middle_tells_it,
)
def background_predicts_label(case: Case) -> Iterable[Finding]:
    """The border of the pictures alone tells the label as well as the middle alone does.

    What it looks for: a cheap reference on pictures with the middle blanked against one on
    pictures with the border blanked: the border tells more than half of what there is to be
    told, and no less than the middle. A warning where the middle tells nothing at all; else
    a note, as a scene, a surface or a texture has every right to be told by its border.

    Why it matters: a model learns what is easiest. If pictures of a class were taken in one
    place, it learns the place, validation from the same places agrees, and new places fail.

    What to do: look at the pictures with their middle blanked; split by place or session, so
    that validation shows other backgrounds; crop to the object, or mix backgrounds.

    References: Beery, Van Horn and Perona, Recognition in Terra Incognita, 2018; Geirhos et
    al., Shortcut Learning in Deep Neural Networks, 2020.
    """
    found = case.rows.references if case.rows else None
    if found is None or found.border is None or found.centre is None:
        return
    has_pictures = any(given.kind in ("image", "frames") for given in case.inputs())
    if has_pictures and _border_tells_as_much(found, found.border, found.centre):
        yield _finding(case, found, found.border, found.centre)


def _border_tells_as_much(found: References, border: Estimate, centre: Estimate) -> bool:
    room = 1 - found.chance
    if not (finite(border.value) and finite(centre.value) and finite(border.low)) or room <= 0:
        return False
    is_told = (border.low - found.chance) / room > POOR
    # Where a texture fills the picture both tell all: then only a clear lead is odd.
    both_tell = (centre.value - found.chance) / room >= GOOD
    return is_told and (border.low if both_tell else border.value) > centre.value


def _finding(case: Case, found: References, border: Estimate, centre: Estimate) -> Finding:
    tells_nothing = is_nothing(skill(centre, found))
    return background_predicts_label.finding(
        case,
        severity="warning" if tells_nothing else "note",
        status="suspected",
        message=f"the border alone tells the label: {figure(border.value, 2)}, the middle "
        f"{figure(centre.value, 2)}",
        observed=Observed(border.value, found.measure, border.low, border.high, border.n),
        expected=Expected("<", centre.value, "the reference on the middle of the same pictures"),
        size=0.0,
        experiment=_experiment(found, border),
        evidence=(
            f"{found.measure} of a cheap reference, middle blanked: {figure(border.value, 2)} "
            f"({figure(border.low, 2)} to {figure(border.high, 2)}, {count(border.n)} rows)",
            f"border blanked: {figure(centre.value, 2)} ({figure(centre.low, 2)} to "
            f"{figure(centre.high, 2)})",
            f"a constant prediction scores {figure(found.chance, 2)}",
            "what settles it: the score on pictures of the same objects before other backgrounds",
        ),
        help="split by place or session, look at pictures with the middle blanked, crop",
        remedies=("split-by-place",),
    )


def _experiment(found: References, border: Estimate) -> Experiment | None:
    """The same reference on pictures with their middle blanked, less on whole ones."""
    return experiment(
        difference(border, found.scores.get(found.kind), same_rows=True),
        name="border-only",
        varied=f"middle of the pictures: blanked or there, in {found.measure}",
        held="reference and rows",
    )
