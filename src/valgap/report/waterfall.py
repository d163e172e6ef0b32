"""One account of the gap as a small waterfall: from the training to the validation figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from valgap.case import finite
from valgap.evidence.account import ROW_NAMES, Account, Row
from valgap.report.page import Page
from valgap.wording import figure, places, signed

_NAME, _DELTA, _INTERVAL, _N = 22, 9, 19, 7


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a figure stands on the bar: 0 is the first cell."""

    low: float
    high: float
    cells: int
    decimals: int
    higher_is_better: bool

    def cell(self, value: float) -> int:
        """Gives back the cell of a figure."""
        span = self.high - self.low
        return round((value - self.low) / span * (self.cells - 1)) if span > 0 else 0


def draw(page: Page, account: Account, *, higher_is_better: bool, every_row: bool) -> None:
    """Adds the account to a page.

    Args:
        page: The page to add to.
        account: One with a training figure; without validation it ends where rows do.
        higher_is_better: Whether a rise of the figure is a gain.
        every_row: Whether rows at exactly 0 are shown.
    """
    steps = list(_running(account))
    reached = [end for _, _, end in steps]
    totals = [account.train or 0.0, *reached]
    if finite(account.validation):
        totals.append(account.validation)
    cells = page.width - 2 - _NAME - _DELTA - _INTERVAL - _N - 3
    scale = Scale(min(totals), max(totals), cells, places(totals), higher_is_better)
    if every_row:
        _caption(page)
    _end(page, "training, as logged", account.train, scale)
    absent = {"unmeasured"} if account.validation is None else set()
    hidden = [r.row for r, _, _ in steps if _is_nothing(r) and not every_row]
    steps = [step for step in steps if step[0].status not in absent]
    for row, start, end in steps:
        if row.row not in hidden:
            _row(page, row, (start, end), scale)
    if account.validation is None:
        _end(page, "the same, inference", reached[-1], scale)
    else:
        _end(page, "validation, as logged", account.validation, scale)
    if hidden:
        page.hang("  ", f"at 0: {', '.join(hidden)}", "dim")


def _caption(page: Page) -> None:
    columns = f"{'change':>{_DELTA}} {'95 % interval':>{_INTERVAL}} {'':{page.width - 60}}"
    page.add((f"  {'':<{_NAME}}{columns[: page.width - 32]}{'rows':>8}", "dim"))


def _running(account: Account) -> Iterator[tuple[Row, float, float]]:
    """Every row with the running total before and after it."""
    total = account.train or 0.0
    by_name = {row.row: row for row in account.rows}
    for name in ROW_NAMES:
        row = by_name.get(name) or Row(name, None, None, None, status="unmeasured")
        after = total + (row.delta if finite(row.delta) else 0.0)
        yield row, total, after
        total = after


def _is_nothing(row: Row) -> bool:
    return row.status == "measured" and row.delta == 0


def _end(page: Page, name: str, value: float | None, scale: Scale) -> None:
    bar = " " * scale.cell(value or 0.0) + page.signs.end
    blank = " " * (_INTERVAL + 1)
    page.add(
        "  ",
        (f"{name:<{_NAME}}", "bold"),
        (f"{figure(value, scale.decimals):>{_DELTA}}", "bold"),
        blank,
        " ",
        bar,
    )


def _row(page: Page, row: Row, span: tuple[float, float], scale: Scale) -> None:
    if not finite(row.delta):
        told = "merged below" if row.status == "merged" else "not measured"
        page.add("  ", f"{row.row:<{_NAME}}", (f"{told:>{_DELTA + _INTERVAL + 1}}", "dim"))
        return
    is_worse = (row.delta < 0) is scale.higher_is_better
    bar = _bar(page, span, scale, is_worse)
    page.add(
        "  ",
        f"{row.row:<{_NAME}}",
        f"{signed(row.delta, scale.decimals):>{_DELTA}}",
        (f" {_interval(row, scale.decimals):>{_INTERVAL}}", "dim"),
        " ",
        (f"{bar:<{scale.cells}}", "" if row.delta == 0 else "red" if is_worse else "green"),
        (f" {row.n:>{_N},}" if row.n else "", "dim"),
    )


def _interval(row: Row, decimals: int) -> str:
    if row.delta == 0 or not (finite(row.low) and finite(row.high)):
        return ""
    return f"{signed(row.low, decimals)} to {signed(row.high, decimals)}"


def _bar(page: Page, span: tuple[float, float], scale: Scale, is_worse: bool) -> str:
    first, last = sorted(map(scale.cell, span))
    if first == last:
        return " " * first + page.signs.still
    return " " * first + (page.signs.worse if is_worse else page.signs.better) * (last - first + 1)
