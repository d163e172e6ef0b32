"""Every trial of a study by phase, and remedies that there is no effect of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from valgap.report.html.treatment.views import is_tried
from valgap.treatment.jobs import Phase
from valgap.treatment.record import RunRecord, Treatment
from valgap.wording import count, figure, plural

_PHASES: dict[Phase, str] = {
    "noise": "noise of the patient",
    "tune": "tuning of the plain baseline",
    "race": "race",
    "combine": "combinations",
    "confirm": "confirmation",
    "final": "last look, and the model of all rows",
}
# A page has to stay light; treatment.json has them all.
MOST_TRIALS = 2000


def left_out(found: Treatment) -> Iterator[tuple[str, str]]:
    """Yields remedies that there is no effect of, by why."""
    every = (*found.combinations, *found.remedies)
    untried = [r.name for r in every if r.stage == "not tried"]
    if untried:
        yield f"Not tried, as the budget ended: {len(untried)}", ", ".join(untried)
    for made in every:
        if made.stage != "not tried" and not is_tried(made):
            yield made.name, made.reason


def trials_of(found: Treatment) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Yields the trials of each phase: how many, and a table of them."""
    shown = found.runs[:MOST_TRIALS]
    for phase, title in _PHASES.items():
        made = [r for r in shown if r.phase == phase]
        if made:
            yield f"{title}: {plural(len(made), 'trial')}", _table(made)
    if len(found.runs) > len(shown):
        yield f"{count(len(found.runs) - len(shown))} more stand in treatment.json", ()


def _table(made: Iterable[RunRecord]) -> tuple[tuple[str, ...], ...]:
    lines = (
        (
            " + ".join(r.arms) or "as it is", str(r.fold), str(r.seed),
            "" if r.score is None else figure(r.score, 3), f"{r.seconds:,.1f}", r.error or "",
        )
        for r in made
    )  # fmt: skip
    return (("trial", "fold", "seed", "score", "seconds", "error"), *lines)
