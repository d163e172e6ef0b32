"""Where in the network the gap opens: linear classifiers on the output of each layer."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.case import Case, finite
from valgap.evidence.account import Estimate
from valgap.report.html.plots.canvas import TRAIN, VALIDATION, Plot, canvas, plain
from valgap.wording import figure, signed

_NAME = 14


def draw(case: Case) -> Iterator[Plot]:
    """Gives the two scores by layer, where at least two layers have them."""
    probed = [
        (layer.name, layer.probe_train, layer.probe_validation)
        for layer in case.measured_layers()
        if layer.probe_train and layer.probe_validation
    ]
    if len(probed) < 2:
        return
    gaps = [(t.value - v.value, n) for n, t, v in probed if t and v]
    told = (
        f"gap behind {gaps[0][1]} {signed(gaps[0][0])}, behind {gaps[-1][1]} {signed(gaps[-1][0])}"
    )
    name = f"layers-{case.fit.id}"
    title = "Where the gap opens: classes read off each layer"
    with canvas(name, f"{title}. {told}", (7.6, 3.2)) as made:
        ax = made.ax
        for place, (label, colour, style) in enumerate(
            (("training rows", TRAIN, "o-"), ("validation rows", VALIDATION, "s--"))
        ):
            found = [row[1 + place] for row in probed]
            values = [e.value if isinstance(e, Estimate) else 0.0 for e in found]
            ax.plot(range(len(values)), values, style, color=colour, label=label, markersize=5)
            for x, e in enumerate(found):
                if isinstance(e, Estimate) and finite(e.low) and finite(e.high):
                    ax.plot([x, x], [e.low, e.high], color=colour, linewidth=1, alpha=0.6)
        labels = [plain(n, _NAME) for n, _, _ in probed]
        ax.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
        ax.set_ylabel("accuracy of a linear classifier")
        ax.legend(loc="best")
    lines = (
        (n, figure(t.value, 2), figure(v.value, 2), signed(t.value - v.value, 2))
        for n, t, v in probed
        if t and v
    )
    yield Plot(
        name, title, made.svg, told, (("layer", "training rows", "validation rows", "gap"), *lines)
    )
