"""How much attention chooses: the entropy of its weights against that of a mean."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.case import Case
from valgap.report.html.plots.canvas import FAINT, VALIDATION, Plot, canvas, plain
from valgap.wording import count, figure, signed


def draw(case: Case) -> Iterator[Plot]:
    """Gives the entropy of each softmax over positions, where the model has one."""
    found = case.model.attention if case.model else ()
    if not found:
        return
    told = ", ".join(f"{a.layer} {figure(a.entropy, 3)}" for a in found)
    name, title = f"attention-{case.fit.id}", "How much attention chooses (1: it takes the mean)"
    with canvas(name, f"{title}. {told}", (4.2, 0.8 + 0.3 * len(found))) as made:
        ax = made.ax
        ax.barh(range(len(found)), [a.entropy for a in found], color=VALIDATION, height=0.6)
        ax.axvline(1.0, color=FAINT, linewidth=1)
        ax.set_yticks(range(len(found)), [plain(a.layer) for a in found])
        ax.set_ylim(len(found) - 0.5, -0.5)
        ax.set_xlim(0, 1.05)
        ax.set_xlabel("entropy of the weights, as a share of the largest")
    lines = (
        (
            a.layer,
            count(a.positions),
            figure(a.entropy, 3),
            signed(a.with_mean.value) if a.with_mean else "not measured",
        )
        for a in found
    )
    head = ("softmax", "positions", "entropy", "loss with the mean in its place")
    yield Plot(name, title, made.svg, told, (head, *lines), is_wide=False)
