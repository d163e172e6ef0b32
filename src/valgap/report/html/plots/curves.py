"""Learning curves: training and validation, the noise of validation rows, best epoch, events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from valgap.case import Case, finite
from valgap.report.html.plots.canvas import (
    FAINT,
    MUTED,
    PAPER,
    TRAIN,
    VALIDATION,
    Canvas,
    Plot,
    canvas,
    plain,
    thinned,
)
from valgap.report.html.plots.events import events
from valgap.wording import figure, places

# Of a normal distribution, 95 %.
_Z = 1.96
# Between the lowest and the highest loss, from which on a logarithmic scale shows more.
_WIDE = 50
# A table of more epochs is read by nobody.
_MOST_LINES = 12


def draw(case: Case) -> Iterator[Plot]:
    """Gives the curves of the loss, and of the first score that both splits have."""
    names = _pairs(case)
    for name in [n for n in ("loss",) if n in names] + [n for n in names if n != "loss"][:1]:
        yield _plot(case, name)


def _pairs(case: Case) -> list[str]:
    """Figures with values in both splits; a rate that is logged as one is none."""
    names = dict.fromkeys(name for epoch in case.fit.epochs for name in epoch.logs)
    rates = {"lr", "learning_rate"}
    return [n for n in names if n not in rates and case.history(f"val_{n}") and case.history(n)]


def _plot(case: Case, name: str) -> Plot:
    train, validation = case.history(name), case.history(f"val_{name}")
    higher = case.higher_is_better(name)
    best = (max if higher else min)(validation, key=lambda e: validation[e])
    told = _told(case, name, best)
    rates = {e.epoch: e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)}
    falls = len(set(rates.values())) > 1
    key = f"curves-{case.fit.id}-{''.join(c if c.isalnum() else '-' for c in name)}"
    size = {"nrows": 2, "sharex": True, "height_ratios": (4, 1)} if falls else {}
    with canvas(key, f"Learning curves of {name}. {told}", (7.6, 3.4), **size) as made:
        _curves(made, case, name, best)
        if falls:
            ax = made.axes.flat[1]
            ax.step([e + 1 for e in rates], list(rates.values()), color=MUTED, where="mid")
            ax.set_yscale("log")
            ax.set_ylabel("rate")
        (made.axes.flat[-1] if falls else made.ax).set_xlabel("epoch")
    return Plot(key, f"Learning curves: {name}", made.svg, told, _table(name, train, validation))


def _told(case: Case, name: str, best: int) -> str:
    train, validation = case.history(name), case.history(f"val_{name}")
    last = case.fit.epochs[-1].epoch
    told = (
        f"val_{name} {figure(validation.get(last))} at the last epoch, {last + 1}; "
        f"best {figure(validation[best])} at epoch {best + 1}; "
        f"{name} {figure(train.get(last))} at the last"
    )
    return "; ".join((told, *(f"epoch {e.epoch + 1}: {e.told}" for e in events(case))))


def _curves(made: Canvas, case: Case, name: str, best: int) -> None:
    ax, train, validation = made.ax, case.history(name), case.history(f"val_{name}")
    ax.plot([e + 1 for e in train], list(train.values()), color=TRAIN, label=plain(name))
    ax.plot(
        [e + 1 for e in validation], list(validation.values()), color=VALIDATION,
        linestyle="--", label=plain(f"val_{name}"),
    )  # fmt: skip
    _band(made, case, name)
    ax.axvline(best + 1, color=FAINT, linewidth=1, zorder=0)
    ax.plot([best + 1], [validation[best]], "o", color=VALIDATION, label=f"best: {best + 1}")
    values = [*train.values(), *validation.values()]
    if name == "loss" and min(values) > 0 and max(values) > _WIDE * min(values):
        ax.set_yscale("log")
        ax.set_ylim(bottom=0.5 * min(values))
    ax.set_ylabel(plain(name))
    ax.legend(loc="best", ncols=2)
    _mark(made, case)


def _mark(made: Canvas, case: Case) -> None:
    """Writes events above the curves, along their lines, so that no two lie on each other."""
    for event in events(case):
        made.ax.axvline(event.epoch + 1, color=MUTED, linewidth=0.8, linestyle=":", zorder=0)
        made.ax.text(
            event.epoch + 1, 0.98, f" {event.told}", color=MUTED, fontsize=7, rotation=90,
            ha="right", va="top", transform=made.ax.get_xaxis_transform(),
            bbox={"facecolor": PAPER, "alpha": 0.8, "pad": 0.5, "linewidth": 0},
        )  # fmt: skip


def _band(made: Canvas, case: Case, name: str) -> None:
    """What the number of validation rows alone makes uncertain, at the epochs that were traced."""
    points = case.ledger.trace if case.ledger else ()
    known = thinned(
        sorted(
            (p.epoch, p.validation, p.standard_error)
            for p in points
            if p.metric == name and finite(p.validation) and finite(p.standard_error)
        )
    )
    if len(known) > 1:
        made.ax.fill_between(
            [e + 1 for e, _, _ in known],
            [v - _Z * s for _, v, s in known],
            [v + _Z * s for _, v, s in known],
            color=VALIDATION, alpha=0.18, linewidth=0, label="95 %, validation rows",
        )  # fmt: skip


def _table(
    name: str, train: Mapping[int, float], validation: Mapping[int, float]
) -> tuple[tuple[str, ...], ...]:
    epochs = sorted(validation)
    step = max(1, -(-len(epochs) // _MOST_LINES))
    shown = sorted({*epochs[::step], epochs[-1]})
    d = places([*train.values(), *validation.values()])
    head = ("epoch", name, f"val_{name}")
    lines = ((str(e + 1), figure(train.get(e), d), figure(validation[e], d)) for e in shown)
    return (head, *lines)
