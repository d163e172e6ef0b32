"""DAT206: too few rows for the task, and more of them would help."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_split import referred, scored
from valgap.checks.outcome import GOOD, MATTERS, outcome
from valgap.checks.reference_skill import (
    best_reference,
    clipped,
    is_below,
    lost_share,
    own_skill,
    skill,
)
from valgap.evidence.account import Estimate
from valgap.evidence.rows import LearningPoint, References
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, plural, signed

# Fifty rows in all, or ten a class: Figueroa et al. (BMC Medical Informatics 12, 2012) saw
# errors stabilise with 80 to 560 rows of two classes, never below.
TINY, TINY_CLASS = 50, 10
# Rows a class above which the last rows hardly helped the cheap references of our own cases.
FEW_A_CLASS = 300
# Skill won by the last doubling of rows: the 5 points that matter. The next one wins less, as
# learning curves follow a power law (Hestness et al., 2017).
CLIMBS = MATTERS
# What training skill must be ahead by: a gap of 10 points of accuracy with two classes.
BEHIND = 0.2
POINTS = 3


def _small(points: tuple[tuple[int, float], ...], rows: int) -> Case:
    references = referred(
        (0.68, None),
        points[-1][1],
        (1.0, 0.70),
        classes=3,
        rows=(rows, 300),
        learning=tuple(LearningPoint(n, s) for n, s in points),
    )
    return example_case(
        train_rows=rows,
        validation_rows=300,
        measured_rows={"references": references},
        measured_model={"predictions": scored(1.0, 0.70, classes=3)},
    )


def _thirty() -> Case:
    return _small(((8, 0.42), (15, 0.55), (30, 0.66)), 30)


def _enough() -> Case:
    return _small(((500, 0.68), (1000, 0.69), (2000, 0.69)), 2000)


@dataclass(frozen=True, slots=True)
class _Shortage:
    """Rows there are, skill that the last doubling won (None: not known), whether rows are tiny."""

    rows: int
    gain: float | None
    is_tiny: bool

    @property
    def climbs(self) -> bool:
        return self.gain is not None and self.gain >= CLIMBS


@check(
    code="DAT206",
    name="too-few-rows-for-the-task",
    family="DAT",
    severity="warning",
    needs=("validation", "references"),
    fires_on=_thirty,
    silent_on=_enough,
)
def too_few_rows_for_the_task(case: Case) -> Iterable[Finding]:
    """There are too few rows for the task: the learning curve still climbs.

    What it looks for: a fit that is far better on its training rows than on new ones; few rows
    a class; and the validation score of a cheap reference on growing shares of training, still
    climbing with the last doubling. With thirty rows or so the gap alone is enough; where the
    own model tells nothing apart, not even training rows, the references alone make a note of
    it; and where it does and they do not, their curve cannot tell, which is a note too. Nothing
    is said where one does well on these rows, or does well inside training only. In an audit the
    references alone are asked, and their curve makes a note.

    Why it matters: what few rows have in common by chance looks like what the classes have in
    common. No setting of the model makes up for rows that are not there.

    What to do: more rows, of other subjects or scenes; augmentation that keeps the labels true;
    a pretrained backbone; a far smaller model. Score by repeated cross-validation.

    References: Figueroa et al., Predicting sample size required for classification
    performance, 2012; Hestness et al., Deep Learning Scaling is Predictable, Empirically, 2017.
    """
    found = case.rows.references if case.rows else None
    if found is None or found.rows_train <= 0 or _has_rival(found):
        return
    shortage = _shortage(case, found)
    a_class = shortage.rows * max(found.chance, 1e-9) if found.measure != "R2" else shortage.rows
    is_few = shortage.climbs and a_class <= FEW_A_CLASS
    if case.is_audit:
        if shortage.climbs and (is_few or shortage.is_tiny):
            yield dataclasses.replace(_finding(case, shortage), severity="note")
        return
    if _stays_behind(case) and (shortage.is_tiny or is_few):
        yield _finding(case, shortage)
    elif is_few and _hardly_learns(case):
        # The own model cannot tell: what holds it down comes first.
        yield dataclasses.replace(_finding(case, shortage), severity="note")
    elif a_class <= FEW_A_CLASS and _stays_behind(case) and _sees_more(case, found):
        yield _untold(_finding(case, shortage), a_class)


def _stays_behind(case: Case) -> bool:
    """Whether new rows score clearly worse than training rows, and not well."""
    train, validation = own_skill(case, "train"), own_skill(case, "validation")
    if train is None or validation is None or outcome(case).is_good:
        return False
    behind = train.value - validation.value > BEHIND
    return behind and (not finite(validation.high) or validation.high < train.value)


def _hardly_learns(case: Case) -> bool:
    """Whether the own model hardly tells even its training rows apart."""
    train = own_skill(case, "train")
    return train is not None and train.value < BEHIND


def _sees_more(case: Case, found: References) -> bool:
    """Whether the own model tells new rows apart, better than references, which hardly do.

    Both are measured on the same rows, so that their intervals may overlap.
    """
    own, best = own_skill(case, "validation"), best_reference(found)
    if own is None or best is None or not finite(own.low):
        return False
    return own.low > max(best.value, 0.0) and best.value < BEHIND


def _shortage(case: Case, found: References) -> _Shortage:
    rows = case.fit.train.rows or found.rows_train
    classes = 1 / found.chance if 0 < found.chance <= 0.5 else 1
    is_tiny = rows <= max(TINY, TINY_CLASS * min(classes, TINY))
    return _Shortage(rows, _gain(found), is_tiny)


def _gain(found: References) -> float | None:
    """Skill won by doubling the rows: least squares on the logarithm of the last points."""
    points = [
        (math.log2(p.rows), s.value)
        for p in sorted(found.learning, key=lambda p: p.rows)
        if p.rows > 0 and (s := skill(Estimate(p.score), found)) is not None
    ][-POINTS:]
    if len(points) < POINTS:
        return None
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((a - x) ** 2 for a, _ in points)
    return sum((a - x) * (b - y) for a, b in points) / spread if spread > 0 else None


def _has_rival(found: References) -> bool:
    """Whether a reference does well on these rows, or well inside training and not across."""
    best, within = best_reference(found), skill(found.within_train, found)
    if best is None:
        return False
    return best.value >= GOOD or (is_below(best, within) and within is not None)


def _finding(case: Case, shortage: _Shortage) -> Finding:
    gain = shortage.gain
    is_known = _is_known(case, shortage)
    told = f", doubling them wins {min(gain or 0.0, 9.99):.2f} of skill" if shortage.climbs else ""
    lacking = lost_share(case)
    return too_few_rows_for_the_task.finding(
        case,
        status="confirmed" if is_known else "suspected",
        message=f"too few rows: {plural(shortage.rows, 'row')} to train on{told}",
        observed=Observed(float(shortage.rows), "rows", n=shortage.rows)
        if shortage.is_tiny
        else Observed(gain, "skill by doubling the rows", n=shortage.rows),
        expected=Expected(">", float(TINY), "errors settle from 80 rows on, Figueroa et al.")
        if shortage.is_tiny
        else Expected("<", CLIMBS, "5 points of skill matter"),
        size=lacking if shortage.is_tiny else clipped(gain or 0.0),
        evidence=(*_own_line(case), *_curve_line(case), *_open(is_known)),
        help="more rows, augmentation, a pretrained backbone or a smaller model; cross-validate",
        remedies=("augmentation", "pretrained-backbone", "smaller-model"),
        explains=("CUR101", "CUR105", "EVL105", "EVL107", "EVL109", "FIT113"),
    )


def _untold(finding: Finding, a_class: float) -> Finding:
    """The note where no reference learns, so that no curve tells what more rows would win."""
    return dataclasses.replace(
        finding,
        severity="note",
        message=f"few rows, {a_class:.0f} a class, and no reference tells what more would win",
        observed=Observed(a_class, "rows a class"),
        expected=Expected(">", float(FEW_A_CLASS), "last rows hardly helped references above it"),
    )


def _is_known(case: Case, shortage: _Shortage) -> bool:
    """Whether rows are tiny, the curve does not speak against it, and no reference manages."""
    found = case.rows.references if case.rows else None
    best = best_reference(found) if found else None
    manages = best is None or not finite(best.high) or best.high >= GOOD
    return shortage.is_tiny and not manages and (shortage.gain is None or shortage.climbs)


def _own_line(case: Case) -> list[str]:
    train, validation = own_skill(case, "train"), own_skill(case, "validation")
    if train is None or validation is None:
        return []
    return [
        f"skill {figure(train.value, 2)} on training rows, {figure(validation.value, 2)} on new "
        f"ones ({figure(validation.low, 2)} to {figure(validation.high, 2)})"
    ]


def _curve_line(case: Case) -> list[str]:
    found = case.rows.references if case.rows else None
    if found is None or not found.learning:
        return []
    points = sorted(found.learning, key=lambda p: p.rows)[-6:]
    told = ", ".join(f"{figure(p.score, 2)} with {plural(p.rows, 'row')}" for p in points)
    gain = _gain(found)
    doubling = f"; a doubling wins {signed(gain, 3)} of skill" if finite(gain) else ""
    return [f"{found.measure} of a cheap reference: {told}{doubling}"]


def _open(is_known: bool) -> list[str]:
    if is_known:
        return []
    return ["fits of the own model on half and on all of the rows settle it"]
