"""Runs side by side, for a terminal: what differs, both ledgers, the effect and the answer."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from valgap.comparison.records import Comparison, Effect, LedgerLine, Needs, Over, Side
from valgap.report.page import Page
from valgap.report.places import shown_location, shown_path
from valgap.wording import count, figure, places, plural, signed

_NAMES = {"training": "training, as logged", "validation": "validation, as logged"}
_OVER: dict[Over, str] = {
    "seeds": "over seeds, on these rows",
    "seeds and rows": "over seeds and other rows",
    "rows": "over rows, of one seed",
}
_INTERVALS_FROM = 84  # columns in which both intervals have room


def render(comparisons: Sequence[Comparison], console: Console) -> None:
    """Prints each comparison with the first run, the answer last."""
    page = Page.of(console)
    for made in comparisons:
        page.rule(f"valgap: {made.a.name} against {made.b.name}")
        for side in (made.a, made.b):
            _heading(page, side)
        page.blank()
        _differences(page, made)
        _ledgers(page, made)
        _answer(page, made)
        page.blank()
    page.show(console)


def _heading(page: Page, side: Side) -> None:
    fit = side.case.fit
    number = f", fit {fit.id + 1} of {len(side.run.fits)}" if len(side.run.fits) > 1 else ""
    place = shown_location(fit.location) or "a place that is not known"
    page.add((f"{side.name}  ", "bold"), place, f"{number}, {plural(len(fit.epochs), 'epoch')}")
    page.add("   ", (shown_path(side.run.path), "dim"))


def _differences(page: Page, made: Comparison) -> None:
    if not made.differences:
        page.hang("", "nothing on record differs but seeds and names that Keras made up")
        page.blank()
        return
    page.add(("what differs", "bold"))
    for one in made.differences:
        told = f"{one.a or 'none'} {_becomes(page)} {one.b or 'none'}"
        page.hang(f"  {one.part:<8} ", f"{one.what}: {told}")
    page.blank()


def _becomes(page: Page) -> str:
    return "->" if page.signs.line == "-" else "\u2192"


def _ledgers(page: Page, made: Comparison) -> None:
    if not made.ledger:
        page.hang("", "no ledger of the loss was drawn up for either")
        page.blank()
        return
    page.add(("loss at the last epoch", "bold"))
    names = (made.a.name, made.b.name)
    wide = page.width >= _INTERVALS_FROM
    heads = [f"{name:>10}{'95 % interval' if wide else '':>{20 if wide else 0}}" for name in names]
    page.add((f"  {'':<22}{''.join(heads)}", "dim"))
    decimals = places([v for line in made.ledger for v in (line.a, line.b)])
    nothing = [line.row for line in made.ledger if line.a == line.b == 0]
    for line in made.ledger:
        if line.row not in nothing:
            _ledger_line(page, line, decimals, wide=wide)
    if nothing:
        page.hang("  ", f"at 0: {', '.join(nothing)}", "dim")
    page.blank()


def _ledger_line(page: Page, line: LedgerLine, decimals: int, *, wide: bool) -> None:
    is_end = line.row in _NAMES
    style = "bold" if is_end else ""
    parts: list[str | tuple[str, str]] = ["  ", (f"{_NAMES.get(line.row, line.row):<22}", style)]
    for value, ends in ((line.a, line.a_interval), (line.b, line.b_interval)):
        told = figure(value, decimals) if is_end else signed(value, decimals)
        parts.append((f"{told:>10}", style))
        if wide:
            parts.append((f"{_between(ends, decimals):>20}", "dim"))
    page.add(*parts)


def _between(ends: tuple[float, float] | None, decimals: int | None = None) -> str:
    return "" if ends is None else " to ".join(signed(end, decimals) for end in ends)


def _answer(page: Page, made: Comparison) -> None:
    verdict, effect = made.verdict, made.effect
    page.add((f"did it help? {headline(made)}", "bold"))
    if verdict.answer == "cannot tell":
        page.hang("  because  ", verdict.reason)
    if effect is not None:
        _effect(page, made, effect)
    for note in made.notes:
        page.hang("  note     ", note)


def headline(made: Comparison) -> str:
    """Gives back the answer with what was found, or what it takes where it is open."""
    verdict, needs = made.verdict, _needed(made.verdict.needs)
    if verdict.answer != "cannot tell":
        return f"{verdict.answer}: {verdict.reason}"
    return f"cannot tell: needs {needs}" if needs else "cannot tell"


def _needed(needs: Needs) -> str:
    told = []
    if needs.rows is not None:
        told.append(f"about {count(needs.rows)} validation rows")
    if needs.pairs is not None:
        told.append(f"about {plural(needs.pairs, 'pair')} (--pairs {needs.pairs})")
    return " and ".join(told)


def _effect(page: Page, made: Comparison, effect: Effect) -> None:
    d = places([effect.before, effect.after])
    ends = None if effect.low is None or effect.high is None else (effect.low, effect.high)
    interval = f", 95 % interval {_between(ends, d)}" if ends else ", no interval"
    over = _OVER[effect.over]
    p = f", sign-flip p {figure(effect.p)}" if effect.p is not None else ""
    made_of = f", {plural(effect.pairs, 'pair')}" if effect.pairs else ""
    page.hang("  effect   ", f"{signed(effect.value, d)}{interval} {over}{made_of}{p}")
    sides = (made.a.name, figure(effect.before, d), made.b.name, figure(effect.after, d))
    rows = f", {count(effect.rows)} validation rows" if effect.rows is not None else ""
    page.hang("  score    ", f"{effect.score}{rows}: {' '.join(sides[:2])}, {' '.join(sides[2:])}")
    page.hang("  matters  ", f"a difference of {figure(effect.delta, d)} or more")
