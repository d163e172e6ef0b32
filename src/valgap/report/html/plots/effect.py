"""An effect with its interval, beside the smallest difference that matters."""

from __future__ import annotations

from valgap.case import finite
from valgap.finding import Experiment, Finding
from valgap.report.html.plots.canvas import FAINT, INK, MUTED, VALIDATION, Plot, canvas
from valgap.wording import figure, signed

_SIZE = (5.2, 1.15)


def draw(finding: Finding) -> Plot | None:
    """Gives the experiment's effect, or what was observed beside what was expected."""
    made = finding.experiment
    if made is not None and finite(made.effect):
        return _effect(finding, made, made.effect)
    seen, least = finding.observed, finding.expected
    if finite(seen.value) and finite(least.value):
        return _observed(finding, seen.value, least.value)
    return None


def _effect(finding: Finding, made: Experiment, effect: float) -> Plot:
    told = f"{made.name}: effect {signed(effect)}"
    if finite(made.low) and finite(made.high):
        told += f", 95 % interval {signed(made.low)} to {signed(made.high)}"
    name = f"effect-{finding.fit}-{finding.rank}"
    with canvas(name, told, _SIZE) as drawn:
        ax = drawn.ax
        if finite(made.delta):
            ax.axvspan(-made.delta, made.delta, color=FAINT, alpha=0.45, linewidth=0)
        ax.axvline(0, color=INK, linewidth=0.8)
        if finite(made.low) and finite(made.high):
            ax.plot([made.low, made.high], [0, 0], color=VALIDATION, linewidth=2)
        ax.plot([effect], [0], "o", color=VALIDATION)
        ax.set_yticks([])
        ax.set_ylim(-1, 1)
        shaded = "; shaded: too small to matter" if finite(made.delta) else ""
        ax.set_xlabel(f"effect on {made.figure or 'the figure'}{shaded}")
    return Plot(name, "Experiment", drawn.svg, told, is_wide=False)


def _observed(finding: Finding, value: float, least: float) -> Plot:
    seen = finding.observed
    told = f"observed {figure(value)}, expected {finding.expected.op} {figure(least)}"
    name = f"observed-{finding.fit}-{finding.rank}"
    with canvas(name, told, _SIZE) as drawn:
        ax = drawn.ax
        if finite(seen.low) and finite(seen.high):
            ax.plot([seen.low, seen.high], [0, 0], color=VALIDATION, linewidth=2)
        ax.plot([value], [0], "o", color=VALIDATION, label="observed")
        ax.axvline(least, color=MUTED, linestyle="--", label=f"expected {finding.expected.op}")
        ax.set_yticks([])
        ax.set_ylim(-1, 1)
        ax.margins(x=0.1)
        ax.legend(loc="upper right", ncols=2)
    return Plot(name, "Observed and expected", drawn.svg, told, is_wide=False)
