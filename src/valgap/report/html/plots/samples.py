"""The rows most confidently wrong, as pictures or as series: only where they were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from valgap.case import Case
from valgap.evidence.samples import Samples
from valgap.report.html.plots.canvas import PALETTE, Canvas, Plot, canvas

ACROSS = 5
# A thumbnail: enough to know a row by, and ten of them are some hundred kilobytes.
_SIDE = 96
_MOST_LINES = 4


def draw(case: Case, samples: Samples | None) -> Iterator[Plot]:
    """Gives one drawing of all rows that were kept, where they can be shown."""
    kind = next((i.kind for i in case.inputs("validation")), None)
    if samples is None or kind not in ("image", "frames", "series"):
        return
    rows = [_first_frame(row) if kind == "frames" else row for row in samples.rows]
    name = f"samples-{case.fit.id}"
    title = (
        "Rows that findings are of" if case.is_audit else "Validation rows most confidently wrong"
    )
    told = f"rows {', '.join(map(str, samples.ids))}"
    down = -(-len(rows) // ACROSS)
    size = (7.6, 0.3 + 1.7 * down)
    with canvas(name, f"{title}: {told}", size, nrows=down, ncols=ACROSS, squeeze=False) as made:
        _draw(made, rows, samples.ids, as_picture=kind != "series")
    yield Plot(name, title, made.svg, told)


def _first_frame(row: NDArray[Any]) -> NDArray[Any]:
    """The frames of a sequence side by side, as many as can be seen."""
    return np.concatenate(list(row[:3]), axis=1)


def _draw(
    made: Canvas, rows: list[NDArray[Any]], ids: NDArray[np.int64], *, as_picture: bool
) -> None:
    for place, ax in enumerate(made.axes.flat):
        ax.set_axis_off()
        if place >= len(rows):
            continue
        ax.set_title(f"row {ids[place]}", fontsize=8)
        if as_picture:
            ax.imshow(_picture(rows[place]), cmap="gray", interpolation="nearest")
        else:
            values = np.asarray(rows[place], dtype=np.float64)[:, :_MOST_LINES]
            for column, colour in zip(values.T, PALETTE, strict=False):
                ax.plot(column, color=colour, linewidth=0.8)


def _picture(row: NDArray[Any]) -> NDArray[Any]:
    """A picture from 0 to 1, whatever the scale of the input, no larger than a thumbnail."""
    step = max(1, -(-max(row.shape[:2]) // _SIDE))
    small = np.asarray(row, dtype=np.float64)[::step, ::step]
    small = np.nan_to_num(small)
    low, high = float(small.min()), float(small.max())
    scaled = (small - low) / (high - low) if high > low else np.zeros_like(small)
    channels = scaled.shape[-1] if scaled.ndim == 3 else 0
    return scaled[..., :3] if channels >= 3 else scaled.mean(axis=-1) if channels else scaled
