"""What the template of a study is given: rows of tables with their drawings, and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from valgap.report.html.treatment.forest import Scale, drawn, ends, scale_of
from valgap.report.treatment_words import (
    calibrated,
    ensemble,
    gained,
    given_back,
    interval,
    judging_rows,
    mcnemar,
    sides,
    to_calibrate,
    treated_name,
    unit,
)
from valgap.treatment.confirmation import Answer
from valgap.treatment.record import RemedyRecord, Treatment
from valgap.wording import count, figure, places, plural, signed

_SIGNS: dict[Answer, str] = {"helped": "▲", "harmed": "▼"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its name and answer, a drawing, and cells of text."""

    name: str
    drawing: str
    cells: tuple[str, ...]
    answer: str = ""
    kind: str = ""
    sign: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Forest:
    """A table with a drawing in each row, all to one scale."""

    caption: str
    heads: tuple[str, ...]
    scale: str
    lines: tuple[Line, ...]


def facts_of(found: Treatment) -> Iterator[tuple[str, str]]:
    """Yields how the study was made, in pairs of label and text."""
    plan = found.plan
    rows = plural(plan.rows, "row")
    if plan.groups is not None:
        rows += f" of {plural(plan.groups, 'group')}"
    if plan.kind == "locked":
        yield "rows", f"{rows}; {count(plan.locked)} of them locked from the start"
    else:
        yield "rows", f"{rows}: too few to lock any, so the selection was made again in outer folds"
    failed = f", {count(found.failed_trials)} failed" if found.failed_trials else ""
    yield "trials", f"{count(found.trials)}{failed}; seed {found.seed}"
    yield "what matters", f"a gain of {figure(found.noise.delta)} in {found.metric}"


def look_of(found: Treatment) -> Forest | None:
    """Gives back patient and treated on the rows of the last look."""
    shown = list(sides(found))
    if not shown:
        return None
    every = [v for _, s in shown for v in (s.score, s.low, s.high)]
    scale, d = scale_of(every), places([s.score for _, s in shown])
    lines = tuple(
        Line(
            "the model as it is" if name == "patient" else name,
            drawn(scale, s.score, s.low, s.high, f"{name}: {figure(s.score, d)}"),
            (figure(s.score, d), interval(s.low, s.high, d), plural(s.units, unit(found)),
             ", ".join(figure(v, d) for v in s.scores)),
        )
        for name, s in shown
    )  # fmt: skip
    heads = ("score", "95 % interval", "judged on", "each fit")
    return Forest(f"{found.metric} on {judging_rows(found)}", heads, ends(scale), lines)


def told_of_look(found: Treatment) -> Iterator[str]:
    """Yields what the last look says in sentences."""
    look = found.look
    if look is None:
        yield f"{judging_rows(found)} were not looked at: no fit came to an end in time"
        return
    if look.difference is not None:
        between = gained(look.low, look.high)
        told = f", 95 % interval {between}" if between else ""
        yield f"difference {signed(look.difference, 3)}{told}"
    if tested := mcnemar(look):
        yield tested
    if look.ensemble is not None:
        yield f"ensemble: {ensemble(look.ensemble)}"
    if found.optimism_line:
        yield found.optimism_line
    if look.calibration is not None:
        of = treated_name(found) if found.treated else "model as it is"
        yield f"calibration of the {of}: {calibrated(look.calibration)}"
        yield to_calibrate(look.calibration)
    yield from given_back(found)
    if found.looks > 1:
        yield f"these rows have judged {found.looks} treatments: the last one knew of it"


def in_short(found: Treatment) -> str:
    """Gives back the last look in one sentence, or nothing."""
    shown = [f"{name} {figure(side.score, 3)}" for name, side in sides(found)]
    look = found.look
    if look is not None and look.difference is not None:
        between = gained(look.low, look.high)
        shown.append(f"difference {signed(look.difference, 3)}" + (f" ({between})" * bool(between)))
    return f"{found.metric} on {judging_rows(found)}: {', '.join(shown)}" if shown else ""


def remedies_of(found: Treatment) -> Forest:
    """Gives back all remedies and combinations that were tried, what helps first."""
    tried = [r for r in (*found.combinations, *found.remedies) if is_tried(r)]
    scale = scale_of((r.effect for r in tried), found.noise.delta)
    d = places([r.effect for r in tried])
    lines = tuple(_line(r, scale, d) for r in sorted(tried, key=_place))
    heads = ("effect", "95 % interval", "pairs")
    return Forest(f"gain in {found.metric}, better to the right", heads, ends(scale), lines)


def is_tried(made: RemedyRecord) -> bool:
    """Tells whether there is an effect to draw."""
    return made.stage in ("race", "confirmed") and made.effect is not None


def _place(made: RemedyRecord) -> tuple[int, int, float]:
    order: Sequence[Answer] = ("helped", "undecided", "no effect shown", "harmed")
    rank = order.index(made.answer) if made.answer in order else len(order)
    return rank, int(made.stage != "confirmed"), -(made.effect or 0.0)


def _line(made: RemedyRecord, scale: Scale, decimals: int) -> Line:
    effect = signed(made.effect, decimals)
    between = gained(made.low, made.high, decimals)
    told = f"{made.name}: effect {effect}" + (f", 95 % interval {between}" if between else "")
    return Line(
        made.name,
        drawn(scale, made.effect, made.low, made.high, told),
        (effect, between, count(made.pairs)),
        f"placebo: {made.answer}" if made.is_placebo else made.answer,
        {"helped": "good", "harmed": "bad"}.get(made.answer, ""),
        _SIGNS.get(made.answer, ""),
        "changes nothing that matters: what it gains is chance" if made.is_placebo else made.reason,
    )


def path_of(found: Treatment) -> tuple[tuple[str, ...], ...]:
    """Gives back the table of the path from patient to treated."""
    d = places([v for step in found.path for v in (step.before, step.after)])
    lines = (
        (step.added, figure(step.before, d), figure(step.after, d), signed(step.gain, d),
         gained(step.low, step.high, d), count(step.units))
        for step in found.path
    )  # fmt: skip
    return (("added", "before", "after", "gain", "95 % interval", "units"), *lines)
