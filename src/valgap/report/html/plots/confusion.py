"""Which class is taken for which: validation rows at the last epoch."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.case import Case
from valgap.evidence.model import Predictions
from valgap.report.html.plots.canvas import INK, PALETTE, PAPER, Canvas, Plot, canvas, plain
from valgap.wording import count, figure

# A matrix of more classes cannot be read; the worst pairs are told in the table.
_MOST_CLASSES = 12
_MOST_PAIRS = 10
_NAME = 10


def draw(case: Case) -> Iterator[Plot]:
    """Gives a confusion matrix for each output that has one."""
    for i, made in enumerate(case.predictions()):
        if len(made.confusion) > 1:
            yield _plot(case, made, i)


def _plot(case: Case, made: Predictions, number: int) -> Plot:
    classes = len(made.confusion)
    names = list(made.recalls) if len(made.recalls) == classes else list(map(str, range(classes)))
    pairs = _pairs(made, names)
    told = f"accuracy {figure(made.accuracy.value, 2)}" if made.accuracy else ""
    told += f" on {count(made.rows)} validation rows"
    if pairs:
        wrong, true, given = pairs[0]
        told += f"; most often {true} is taken for {given}: {count(wrong)} rows"
    name, svg = f"confusion-{case.fit.id}-{number}", ""
    title = "Which class is taken for which" + (f": {made.output}" if number else "")
    if classes <= _MOST_CLASSES:
        side = 1.6 + 0.36 * classes
        with canvas(name, f"{title}. {told}", (side + 0.6, side)) as drawn:
            _matrix(drawn, made, names)
        svg = drawn.svg
    lines = ((true, given, count(wrong)) for wrong, true, given in pairs[:_MOST_PAIRS])
    return Plot(name, title, svg, told, (("class", "taken for", "rows"), *lines), is_wide=False)


def _pairs(made: Predictions, names: list[str]) -> list[tuple[int, str, str]]:
    """Wrong decisions by pair of classes, the most frequent first."""
    found = [
        (n, names[i], names[j])
        for i, row in enumerate(made.confusion)
        for j, n in enumerate(row)
        if i != j and n > 0
    ]
    return sorted(found, key=lambda pair: -pair[0])


def _matrix(drawn: Canvas, made: Predictions, names: list[str]) -> None:
    ax, labels = drawn.ax, [plain(name, _NAME) for name in names]
    for i, row in enumerate(made.confusion):
        total = sum(row)
        for j, n in enumerate(row):
            share = n / total if total else 0.0
            colour = PALETTE[2] if i == j else PALETTE[1]
            ax.fill_between(
                [j - 0.5, j + 0.5], i - 0.5, i + 0.5, color=colour, alpha=0.85 * share, linewidth=0
            )
            ax.text(
                j, i, count(n) if n else "", ha="center", va="center", fontsize=8,
                color=PAPER if share > 0.6 else INK,
            )  # fmt: skip
    ax.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    ax.set_yticks(range(len(labels)), labels)
    ax.set_xlim(-0.5, len(labels) - 0.5)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_aspect("equal")
    ax.set_xlabel("given by the model")
    ax.set_ylabel("class of the row")
