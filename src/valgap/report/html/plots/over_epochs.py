"""The ledger over the epochs, as stacked areas: what makes validation move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from valgap.case import Case, finite
from valgap.evidence.account import ROW_NAMES, RowName, TracePoint
from valgap.report.html.plots.canvas import INK, PALETTE, Canvas, Plot, canvas, thinned
from valgap.wording import figure, percent, places, signed

# Rows that never make a twentieth of what the largest does are drawn as one.
_SMALL = 0.05
_MOST_ROWS = 6
_MOST_LINES = 12
OTHER = "other rows"


def draw(case: Case) -> Iterator[Plot]:
    """Gives the rows of the loss over the epochs that were traced, on top of the training loss."""
    points = [p for p in (case.ledger.trace if case.ledger else ()) if p.metric == "loss"]
    points = thinned(sorted((p for p in points if finite(p.validation)), key=lambda p: p.epoch))
    if len(points) < 3:
        return
    series = _series(points)
    if not series:
        return
    name = f"trace-{case.fit.id}"
    title = "What makes validation move: rows of the gap over the epochs"
    told = _told(case)
    with canvas(name, f"{title}. {told}", (7.6, 3.4)) as made:
        _areas(made, points, series)
    yield Plot(name, title, made.svg, told, _table(points, series))


def _series(points: list[TracePoint]) -> dict[str, list[float]]:
    """The rows that are seen, and the sum of the others."""
    every = {n: [_delta(p, n) for p in points] for n in ROW_NAMES}
    peaks = {n: max(map(abs, values)) for n, values in every.items()}
    largest = max(peaks.values())
    seen = [n for n in ROW_NAMES if largest > 0 and peaks[n] >= _SMALL * largest]
    seen = sorted(sorted(seen, key=lambda n: -peaks[n])[:_MOST_ROWS], key=ROW_NAMES.index)
    rest = [n for n in ROW_NAMES if n not in seen and peaks[n] > 0]
    found: dict[str, list[float]] = {n: every[n] for n in seen}
    if rest:
        found[OTHER] = [sum(column) for column in zip(*(every[n] for n in rest), strict=True)]
    return found


def _delta(point: TracePoint, name: RowName) -> float:
    value = point.deltas.get(name)
    return value if finite(value) else 0.0


def _areas(made: Canvas, points: list[TracePoint], series: Mapping[str, list[float]]) -> None:
    """Rows that make it worse are stacked upwards from 0, those that make it better downwards."""
    ax, x = made.ax, [p.epoch + 1 for p in points]
    for sign in (1, -1):
        parts = [[max(0.0, sign * v) * sign for v in values] for values in series.values()]
        labels = list(series) if sign == 1 else [f"_{name}" for name in series]
        ax.stackplot(x, parts, colors=PALETTE, labels=labels, alpha=0.85, linewidth=0)
    total = [sum(column) for column in zip(*series.values(), strict=True)]
    ax.plot(x, total, color=INK, linewidth=1.4, label="gap (validation less training)")
    ax.axhline(0, color=INK, linewidth=0.6)
    ax.set_xlabel("epoch")
    ax.set_ylabel("change of the loss")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _told(case: Case) -> str:
    shares = dict(case.ledger.volatility.get("loss", {})) if case.ledger else {}
    known = sorted(((s, n) for n, s in shares.items() if finite(s)), reverse=True)
    if not known or known[0][0] <= 0:
        return "no single row makes validation move"
    share, row = known[0]
    named = "the training figure itself" if row == "logged-train" else row
    if share > 1:
        return f"val_loss moves with {named}; other rows take some of it back"
    return f"{percent(share)} of the movement of val_loss comes from {named}"


def _table(
    points: list[TracePoint], series: Mapping[str, list[float]]
) -> tuple[tuple[str, ...], ...]:
    step = max(1, -(-len(points) // _MOST_LINES))
    shown = sorted({*range(0, len(points), step), len(points) - 1})
    d = places([v for values in series.values() for v in values])
    lines = (
        (
            str(points[i].epoch + 1),
            figure(points[i].validation, d),
            *(signed(values[i], d) for values in series.values()),
        )
        for i in shown
    )
    return (("epoch", "val_loss", *series), *lines)
