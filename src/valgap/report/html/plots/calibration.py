"""Whether confidence means what it says, before and after one temperature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from valgap.case import Case, finite
from valgap.evidence.model import Predictions, ReliabilityBin
from valgap.report.html.plots.canvas import FAINT, PALETTE, VALIDATION, Plot, canvas
from valgap.wording import count, figure


def draw(case: Case) -> Iterator[Plot]:
    """Gives a reliability diagram for each output with probabilities, on validation rows."""
    for i, made in enumerate(case.predictions()):
        if len(made.reliability) > 1:
            yield _plot(case, made, i)


def _plot(case: Case, made: Predictions, number: int) -> Plot:
    name = f"calibration-{case.fit.id}-{number}"
    title = "Confidence against hits" + (f": {made.output}" if number else "")
    told = f"expected calibration error {figure(made.calibration_error, 2)}"
    told += _mended(made)
    with canvas(name, f"{title}. {told}", (3.9, 3.6)) as drawn:
        ax = drawn.ax
        ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        for bins, colour, marker, label in (
            (made.reliability, VALIDATION, "o-", "as it is"),
            (made.reliability_tempered, PALETTE[2], "s--", "one temperature"),
        ):
            if bins:
                x, y = [b.confidence for b in bins], [b.right for b in bins]
                ax.plot(x, y, marker, color=colour, markersize=4, label=label)
        ax.set_xlabel("confidence")
        ax.set_ylabel("share that is right")
        ax.set_xlim(0, 1.02)
        ax.set_ylim(0, 1.02)
        ax.legend(loc="upper left")
    return Plot(name, title, drawn.svg, told, _table(made), is_wide=False)


def _mended(made: Predictions) -> str:
    """What one temperature does, fitted on one half of the rows and scored on the other."""
    before, after = made.loss, made.loss_tempered
    if not finite(made.temperature) or before is None or after is None:
        return ""
    if after.value >= before.value:
        return "; no one temperature lowers the loss of rows that it was not fitted on"
    fell = f"{figure(before.value)} to {figure(after.value)}"
    return (
        f"; one temperature of {figure(made.temperature, 2)} takes the loss from {fell}, "
        "fitted on one half of the rows and scored on the other"
    )


def _table(made: Predictions) -> tuple[tuple[str, ...], ...]:
    head = ("", "confidence", "share right", "decisions")
    return (
        head,
        *_lines("as it is", made.reliability),
        *_lines("tempered", made.reliability_tempered),
    )


def _lines(label: str, bins: Sequence[ReliabilityBin]) -> Iterator[tuple[str, ...]]:
    for b in bins:
        yield label, figure(b.confidence, 2), figure(b.right, 2), count(b.rows)
