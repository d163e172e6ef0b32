"""Two runs side by side: figures, verdicts, what differs, ledgers, curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from valgap.case import Case, gap
from valgap.comparison.differences import differences
from valgap.comparison.ledgers import side_by_side
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis
from valgap.ranking import faults
from valgap.registry import case_of
from valgap.report.going_on import shown_fit
from valgap.report.html.plots import curves
from valgap.report.html.plots.apart import apart
from valgap.report.html.plots.canvas import Plot
from valgap.report.html.runs.line import RunLine
from valgap.wording import count, figure, places, signed

Table = tuple[tuple[str, ...], ...]
# Of both, as the reader knows them on the page.
NAMES = ("A", "B")
_ENDS: dict[str, str] = {
    "training": "training, as logged",
    "validation": "validation, as logged",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs, with its line in the list."""

    line: RunLine
    run: StoredRun
    diagnosis: Diagnosis

    @property
    def case(self) -> Case | None:
        """The fit that stands for the run, or None."""
        fit = shown_fit(self.run)
        return None if fit is None else case_of(self.run, fit)


def key_figures(sides: Sequence[Side]) -> Table:
    """Gives back a table of what each run was and came to, a column a run."""
    told = [dict(_figures(side)) for side in sides]
    labels = dict.fromkeys(label for each in told for label in each)
    rows = ((label, *(each.get(label, "") for each in told)) for label in labels)
    return (("", *NAMES), *rows)


def _figures(side: Side) -> Iterator[tuple[str, str]]:
    line, case = side.line, side.case
    yield "run", line.id
    yield "script", f"{line.script} {line.args}".rstrip()
    yield "when", line.when
    yield "status", line.status
    yield "verdict", line.verdict
    yield "faults", "; ".join(f"{f.code} {f.status}" for f in faults(side.diagnosis.findings))
    yield "epochs", f"{line.epochs} of {line.asked}" if line.asked else str(line.epochs)
    yield "last validation", line.told(line.last)
    yield "best validation", line.told(line.best)
    if case is None:
        return
    account = case.account()
    if account is not None:
        yield "gap of the loss", signed(gap(account))
    held_out = case.fit.validation
    yield (
        "rows",
        f"{count(case.fit.train.rows)} to train"
        + (f", {count(held_out.rows)} to validate" if held_out else ""),
    )
    yield "model", f"{case.fit.model.name}, {case.fit.model.parameters:,} parameters"
    yield "time", f"{case.fit.seconds:,.1f} s"


def what_differs(sides: Sequence[Side]) -> Table:
    """Gives back a table of the settings that are not the same, as `valgap compare` tells them."""
    a, b = (side.case for side in sides)
    if a is None or b is None:
        return ()
    found = differences(a.fit, b.fit)
    rows = ((f"{d.part}: {d.what}", d.a or "none", d.b or "none") for d in found)
    return (("", *NAMES), *rows)


def ledgers(sides: Sequence[Side]) -> Table:
    """Gives back both ledgers of the loss at the last epoch, without rows at 0."""
    a, b = (side.case for side in sides)
    both = () if a is None or b is None else side_by_side(a, b)
    lines = [line for line in both if line.a or line.b or line.row in _ENDS]
    decimals = places([value for line in lines for value in (line.a, line.b)])
    rows = (
        (_ENDS.get(line.row, line.row), *(written(v, decimals) for v in (line.a, line.b)))
        for line in lines
        for written in [figure if line.row in _ENDS else signed]
    )
    return (("", *NAMES), *rows)


def both_curves(sides: Sequence[Side]) -> list[Plot]:
    """Gives back the learning curves of each figure, those of one beside those of the other."""
    drawn = [
        [_named(name, plot) for plot in curves.draw(side.case)] if side.case else []
        for name, side in zip(NAMES, sides, strict=True)
    ]
    return [plot for pair in zip_longest(*drawn) for plot in pair if plot is not None]


def _named(name: str, plot: Plot) -> Plot:
    return replace(apart(plot, name.lower()), is_wide=False, title=f"{name}: {plot.title}")
