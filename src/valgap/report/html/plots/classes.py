"""Score by class and by group of rows, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from valgap.case import Case, finite
from valgap.evidence.account import Estimate
from valgap.report.html.plots.canvas import FAINT, VALIDATION, Plot, canvas, plain
from valgap.wording import count, figure

_MOST = 30
_HEIGHT, _MARGIN = 0.3, 0.9


def draw(case: Case) -> Iterator[Plot]:
    """Gives recall by class and by part of a class, and scores by group and by twins."""
    for i, made in enumerate(case.predictions()):
        if len(made.recalls) > 1:
            title = "Share found of each class" + (f": {made.output}" if i else "")
            level = made.balanced_accuracy.value if made.balanced_accuracy else None
            yield _plot(f"recall-{case.fit.id}-{i}", title, made.recalls, level)
    for i, part in enumerate(case.rows.subclasses if case.rows else ()):
        if len(part.recalls) > 1:
            where = "given" if part.source == "given" else "found by clustering"
            title = f"Share found of each part of {part.class_name} ({where})"
            yield _plot(f"part-{case.fit.id}-{i}", title, part.recalls, None)
    yield from _by_group(case)
    yield from _by_twins(case)


def _by_group(case: Case) -> Iterator[Plot]:
    """Scores of validation rows by groups that were told of."""
    near = case.rows.neighbours if case.rows else None
    scores = near.given.scores if near and near.given else {}
    for metric, groups in scores.items():
        if len(groups) > 1 and case.higher_is_better(metric):
            named = {f"group {name}": score for name, score in groups.items()}
            title = f"{metric} of validation rows by given group, numbered in their order"
            yield _plot(f"groups-{case.fit.id}-{_key(metric)}", title, named, None)


def _by_twins(case: Case) -> Iterator[Plot]:
    """Scores of validation rows with a near twin in training, and of the others."""
    near = case.rows.neighbours if case.rows else None
    if near is None or not near.twins:
        return
    for metric in (m for m in near.with_twin if m in near.without and case.higher_is_better(m)):
        groups = {"with a near twin": near.with_twin[metric], "without": near.without[metric]}
        title = f"{metric} of validation rows by whether training has a near twin"
        yield _plot(f"twins-{case.fit.id}-{_key(metric)}", title, groups, None)


def _key(metric: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in metric)


def _plot(name: str, title: str, scores: Mapping[str, Estimate], level: float | None) -> Plot:
    ordered = sorted(scores.items(), key=lambda item: item[1].value)
    worst, best = ordered[0], ordered[-1]
    told = (
        f"lowest {worst[0]} {figure(worst[1].value, 2)}, "
        f"highest {best[0]} {figure(best[1].value, 2)}"
    )
    shown = ordered[:_MOST]
    with canvas(name, f"{title}. {told}", (4.2, _MARGIN + _HEIGHT * len(shown))) as made:
        ax = made.ax
        for y, (_, score) in enumerate(shown):
            if finite(score.low) and finite(score.high):
                ax.plot([score.low, score.high], [y, y], color=VALIDATION, linewidth=1.4)
            ax.plot([score.value], [y], "o", color=VALIDATION, markersize=5)
        if level is not None:
            ax.axvline(level, color=FAINT, linewidth=1, zorder=0)
        ax.set_yticks(range(len(shown)), [f"{plain(n)} ({count(s.n)})" for n, s in shown])
        ax.set_ylim(len(shown) - 0.5, -0.5)
        ax.set_xlim(-0.02, 1.02)
        ax.set_xlabel("score")
        ax.tick_params(axis="y", length=0)
    lines = (
        (n, figure(s.value, 2), f"{figure(s.low, 2)} to {figure(s.high, 2)}", count(s.n))
        for n, s in ordered
    )
    return Plot(
        name, title, made.svg, told, (("", "score", "95 % interval", "rows"), *lines), is_wide=False
    )
