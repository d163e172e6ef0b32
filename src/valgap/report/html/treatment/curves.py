"""Curves of the last look: before and after, on rows that train and on those that judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from valgap.case import finite
from valgap.report.html.plots.canvas import TRAIN, VALIDATION, Plot, canvas, plain
from valgap.treatment.record import CurveRecord, Treatment
from valgap.wording import figure, places

_SIZE = (4.6, 2.9)
# Between the lowest and the highest value, from which on a logarithmic scale shows more; and both
# sides have scales of their own, as on one of them nothing is seen to move.
_WIDE = 50
_MOST_LINES = 12
_TITLES = {"patient": "Before", "treated": "After"}


def draw(found: Treatment) -> Iterator[Plot]:
    """Gives the loss, and the first other figure that all sides have: before, then after."""
    judging = "locked rows" if found.plan.kind == "locked" else "rows outside"
    names = [c.figure for c in found.curves]
    both = [
        n for n in dict.fromkeys(names) if names.count(n) == len({c.side for c in found.curves})
    ]
    for name in [n for n in both if n == "loss"] + [n for n in both if n != "loss"][:1]:
        shown = [c for c in found.curves if c.figure == name and _values([c])]
        for curve in shown:
            yield _plot(curve, [curve] if _is_wide(_values(shown)) else shown, judging)


def _values(curves: Sequence[CurveRecord]) -> list[float]:
    return [v for c in curves for v in (*c.training, *c.judging) if finite(v)]


def _is_wide(values: Sequence[float]) -> bool:
    return min(values, default=0.0) > 0 and max(values) > _WIDE * min(values)


def _plot(curve: CurveRecord, beside: Sequence[CurveRecord], judging: str) -> Plot:
    told = (
        f"at the last epoch, {len(curve.training)}: training rows {figure(curve.training[-1])}, "
        f"{judging} {figure(curve.judging[-1])}"
    )
    key = "".join(c if c.isalnum() else "-" for c in curve.figure)
    name, title = f"last-{curve.side}-{key}", f"{_TITLES[curve.side]}: {curve.figure}"
    every = _values(beside)
    with canvas(name, f"{title}. {told}", _SIZE) as made:
        ax, marker = made.ax, "." if len(curve.training) < 3 else ""
        for label, values, colour, style in (
            ("training rows", curve.training, TRAIN, "-"),
            (judging, curve.judging, VALIDATION, "--"),
        ):
            shown = [(i + 1, v) for i, v in enumerate(values) if finite(v)]
            ax.plot(*zip(*shown, strict=True), color=colour, linestyle=style, label=label,
                    marker=marker)  # fmt: skip
        if _is_wide(every):
            ax.set_yscale("log")
            ax.set_ylim(0.8 * min(every), 1.25 * max(every))
        else:
            room = 0.05 * (max(every) - min(every)) or 0.05
            ax.set_ylim(min(every) - room, max(every) + room)
        ax.set_xlabel("epoch")
        ax.set_ylabel(plain(curve.figure))
        ax.legend(loc="best")
    return Plot(name, title, made.svg, told, _table(curve, judging), is_wide=False)


def _table(curve: CurveRecord, judging: str) -> tuple[tuple[str, ...], ...]:
    last = len(curve.training) - 1
    step = max(1, -(-len(curve.training) // _MOST_LINES))
    epochs = sorted({*range(0, last, step), last})
    d = places([*curve.training, *curve.judging])
    lines = (
        (str(e + 1), figure(curve.training[e], d), figure(curve.judging[e], d)) for e in epochs
    )
    return (("epoch", "training rows", judging), *lines)
