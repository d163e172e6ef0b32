"""The gap ledger: from the training figure to the validation figure, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from valgap.case import Case, finite, gap
from valgap.evidence.account import ROW_NAMES, Account, Row
from valgap.report.html.plots.canvas import BETTER, FAINT, INK, MUTED, WORSE, Canvas, Plot, canvas
from valgap.wording import count, figure, places, shown_epoch, signed

_ROW_HEIGHT, _MARGIN = 0.27, 0.75
# Errors of sampling are drawn in reach of the bars; a longer one leaves the picture.
_REACH = 0.6


@dataclass(frozen=True, slots=True)
class Step:
    """One row with the figure before and after it; `row` is None at both ends."""

    name: str
    start: float
    end: float
    row: Row | None = None


def draw(case: Case) -> Iterator[Plot]:
    """Gives a waterfall of the loss at the last, the best and the worst epoch."""
    order = ("last", "best", "worst")
    accounts = sorted(
        case.accounts(), key=lambda a: min(map(order.index, a.roles), default=len(order))
    )
    for account in accounts:
        yield _plot(case, account)


def _plot(case: Case, account: Account) -> Plot:
    name = f"ledger-{case.fit.id}-{account.epoch}"
    roles = " and ".join(account.roles) or "an"
    title = f"Where the gap comes from: {account.metric} at the {roles} epoch"
    told = (
        f"{shown_epoch(account.epoch, case.fit)}: from {figure(account.train)} in training to "
        f"{figure(account.validation)} in validation, {signed(gap(account))}"
    )
    steps = _steps(account)
    size = (7.6, _MARGIN + _ROW_HEIGHT * len(steps))
    with canvas(name, f"{title}. {told}", size) as made:
        _bars(made, steps, case.higher_is_better(account.metric))
        made.ax.set_xlabel(account.metric)
    return Plot(name, title, made.svg, told, _table(account))


def _steps(account: Account) -> list[Step]:
    """Both ends, and between them the rows that were measured and are not 0."""
    total = account.train or 0.0
    steps = [Step("training, as logged", total, total)]
    by_name = {row.row: row for row in account.rows}
    for name in ROW_NAMES:
        row = by_name.get(name)
        if row is not None and finite(row.delta) and row.delta != 0:
            steps.append(Step(name, total, total + row.delta, row))
            total += row.delta
    end = account.validation or 0.0
    return [*steps, Step("validation, as logged", end, end)]


def _bars(made: Canvas, steps: Sequence[Step], higher_is_better: bool) -> None:
    ends = [value for step in steps for value in (step.start, step.end)]
    low, high = min(ends), max(ends)
    span = (high - low) or abs(high) or 1.0
    decimals = places(ends)
    ax = made.ax
    for y, step in enumerate(steps):
        if step.row is None:
            ax.plot([step.end], [y], "o", color=INK, markersize=6)
            text = figure(step.end, decimals)
        else:
            delta = step.end - step.start
            colour = WORSE if (delta < 0) is higher_is_better else BETTER
            ax.barh(y, delta, left=step.start, color=colour, height=0.62)
            _whisker(made, y, step, (low - _REACH * span, high + _REACH * span))
            text = signed(delta, decimals)
        ax.annotate(
            text, (high + _REACH * span, y), xytext=(6, 0), textcoords="offset points",
            va="center", annotation_clip=False, fontsize=8,
        )  # fmt: skip
        if y:
            ax.plot([step.start] * 2, [y - 1, y], color=FAINT, linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(steps)), [step.name for step in steps])
    ax.set_ylim(len(steps) - 0.4, -0.6)
    ax.set_xlim(low - _REACH * span, high + _REACH * span)
    ax.tick_params(axis="y", length=0)


def _whisker(made: Canvas, y: int, step: Step, limits: tuple[float, float]) -> None:
    row = step.row
    if row is None or not (finite(row.low) and finite(row.high)) or row.low == row.high:
        return
    at = [min(limits[1], max(limits[0], step.start + v)) for v in (row.low, row.high)]
    made.ax.plot(at, [y, y], color=MUTED, linewidth=1.2, marker="|", markersize=6)


def _table(account: Account) -> tuple[tuple[str, ...], ...]:
    d = places([account.train, account.validation])
    rows: list[tuple[str, ...]] = [("row", "change", "95 % interval", "rows")]
    rows.append(("training, as logged", figure(account.train, d), "", ""))
    for row in account.rows:
        if not finite(row.delta):
            told = "with the next row" if row.status == "merged" else "not measured"
            rows.append((row.row, told, row.reason or "", ""))
            continue
        known = finite(row.low) and finite(row.high) and row.delta != 0
        between = f"{signed(row.low, d)} to {signed(row.high, d)}" if known else ""
        rows.append((row.row, signed(row.delta, d), between, count(row.n) if row.n else ""))
    rows.append(("validation, as logged", figure(account.validation, d), "", ""))
    return tuple(rows)
