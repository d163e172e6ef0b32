"""What a log says, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from valgap.checks.curve_trends import SEEN
from valgap.reading.limits import RUN, limits, sampling
from valgap.reading.noise import ERRORS
from valgap.reading.records import PairReading, Reading, State
from valgap.reading.side_by_side import Row, beyond_noise, rows_of
from valgap.reading.words import since_best
from valgap.report.page import Page
from valgap.wording import figure, places, plural, signed

# More logs than these are told of in the table alone.
IN_FULL = 4
_DECIMALS, _LABEL = 4, 18
_NOTHING = "nothing stands out; whether more was to be had, a log does not tell"
_NO_PAIR = "no figure was logged of both training and validation rows: validation_data=... in fit"
_FEW = "too few epochs for noise and trends"


def render(readings: Sequence[Reading], notes: Sequence[str], console: Console) -> None:
    """Prints each log, then all side by side, then what they cannot tell."""
    page = Page.of(console)
    for reading in readings if len(readings) <= IN_FULL else ():
        _one(page, reading)
    if len(readings) > 1:
        _side_by_side(page, rows_of(readings))
    _end(page, readings, notes)
    page.show(console)


def _one(page: Page, reading: Reading) -> None:
    page.rule(f"valgap read: {reading.log.title}")
    page.add((f"{heading(reading)}", "dim"))
    for note in reading.log.notes:
        page.hang("note  ", note, "dim")
    page.blank()
    for state in reading.states:
        _state(page, state)
    if not reading.states and reading.pairs:
        page.add((verdict(reading), "bold"))
        page.blank()
    if not reading.pairs:
        page.hang("", _NO_PAIR)
        _alone(page, reading)
    else:
        _table(page, reading)
        for line in facts(reading):
            page.hang("", line)
    page.blank()


def heading(reading: Reading) -> str:
    """Gives back what the log is: form, length, rows."""
    log = reading.log
    planned = f" of {log.planned:,}" if log.planned and log.planned != log.length else ""
    number = f"{log.length:,}{planned}" if planned else ""
    length = f"{number} epochs" if number else plural(log.length, log.unit)
    rows = f", {plural(reading.rows, 'validation row')}" if reading.rows else ""
    return f"{log.form}, {length}{rows}"


def verdict(reading: Reading) -> str:
    """Gives back what is said where no state stands out."""
    main = reading.main
    return _FEW if main is not None and main.noise_validation is None else _NOTHING


def _table(page: Page, reading: Reading) -> None:
    heads = ("training", "validation", "gap", "best", f"at {reading.log.unit}", "noise", "luck")
    width = max(10, *(len(pair.course.pair.figure) + 2 for pair in reading.pairs))
    page.add((f"{'':<{width}}{''.join(f'{head:>11}' for head in heads)}", "dim"))
    for pair in reading.pairs:
        name = pair.course.pair.figure
        page.add((f"{name:<{width}}", "bold"), "".join(f"{cell:>11}" for cell in cells(pair)))
    if any(pair.noise_validation is not None for pair in reading.pairs):
        told = "noise: 95 % of the epochs lie so near the course of validation; luck: what the "
        page.hang("", f"{told}best of so many about equal epochs gains by it (Blom, 1958)", "dim")


def cells(pair: PairReading) -> tuple[str, ...]:
    """Gives back a pair as a row: last figures, gap, best and where, noise, luck."""
    last, best, luck = pair.last, pair.best, pair.optimism
    # As many decimals as the smaller figure bears, where they can still be read.
    values = (last.train, last.validation, best.validation if best else 0.0)
    d = min(_DECIMALS, max((places([value]) for value in values if value), default=2))
    spread = pair.noise_validation
    return (
        figure(last.train, d),
        figure(last.validation, d),
        signed(pair.gap, d),
        "" if best is None else figure(best.validation, d),
        "" if best is None else f"{best.at:,.10g}",
        "" if spread is None else figure(ERRORS * spread),
        "" if luck is None else figure(luck.value),
    )


def facts(reading: Reading) -> list[str]:
    """Gives back trends and intervals of the pairs that no state has told."""
    told = {text for state in reading.states for text in state.evidence}
    trends = [since_best(p, reading.log) for p in reading.pairs if p is reading.main or _moves(p)]
    rows = reading.rows
    intervals = [] if rows is None else [sampling(pair, rows) for pair in reading.pairs]
    return [line for line in (*trends, *intervals) if line is not None and line not in told]


def _moves(pair: PairReading) -> bool:
    """Whether validation has a trend after its best epoch."""
    since = pair.since_best
    return since is not None and min(since.validation.rises, since.validation.falls) < SEEN


def _alone(page: Page, reading: Reading) -> None:
    for name in reading.alone[:IN_FULL]:
        points = reading.log.figures[name]
        d = places([points[0][1], points[-1][1]])
        page.add(f"  {name}  {figure(points[0][1], d)} to {figure(points[-1][1], d)}")


def _state(page: Page, state: State) -> None:
    page.add((label(state), "bold cyan"), (f" {state.message}", "bold"))
    for text in state.evidence:
        page.hang("   |  ", text, rest="   |  ")
    page.blank()


def label(state: State) -> str:
    """Gives back how a state is marked: its code, or that it has none."""
    return f"state[{state.code}]" if state.code else "state"


def _side_by_side(page: Page, rows: Sequence[Row]) -> None:
    page.rule("side by side")
    width = min(44, max(len(row.title) for row in rows) + 2)
    heads = f"{'epochs':>8}{'training':>10}{'validation':>11}{'best':>9}{'at':>7}  "
    page.add((f"{'':<{width}}{heads}states", "dim"))
    for row in rows:
        title = row.title if len(row.title) < width else f"...{row.title[5 - width :]}"
        page.add((f"{title:<{width}}", "bold"), _cells(row), ", ".join(row.states))
    for line in beyond_noise(rows):
        page.hang("", line)
    page.blank()


def _cells(row: Row) -> str:
    d = places([row.train, row.validation, row.best])
    told = "" if row.at is None else f"{row.at:,.10g}"
    values = f"{_cell(row.train, d):>10}{_cell(row.validation, d):>11}{_cell(row.best, d):>9}"
    return f"{row.epochs:>8,}{values}{told:>7}  "


def _cell(value: float | None, decimals: int) -> str:
    return "" if value is None else figure(value, decimals)


def _end(page: Page, readings: Sequence[Reading], notes: Sequence[str]) -> None:
    found = limits(readings)
    if found.open:
        page.rule("what a log cannot tell")
        for what, why in found.open:
            page.hang(f"{what:<{_LABEL}}", why)
    if found.by_hand:
        page.hang(f"{'by hand':<{_LABEL}}", found.by_hand)
    for command, what in found.settles:
        page.hang(f"{'next' if command == RUN else 'or':<{_LABEL}}", command, "bold")
        page.hang(" " * _LABEL, what, "dim")
    for note in notes:
        page.hang(f"{'note':<{_LABEL}}", note)
