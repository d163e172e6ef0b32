"""Fits of one loop, over folds or seeds, as one table."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from valgap.case import Case, finite, gap, measured
from valgap.evidence.account import ROW_NAMES
from valgap.finding import Finding
from valgap.report.page import Page
from valgap.report.places import shown_location
from valgap.wording import figure, places, plural, signed


def add_study(page: Page, cases: Sequence[Case], findings: Sequence[Finding]) -> None:
    """Adds the figures of every fit of a study, their mean and spread, and the mean ledger."""
    place = shown_location(cases[0].fit.location) or "one place"
    page.rule(f"study of {plural(len(cases), 'fit')} at {place}")
    _figures(page, cases)
    _rows(page, cases)
    codes = Counter(code for code, _ in {(f.code, f.fit) for f in findings})
    for code, number in codes.most_common():
        name = next(f.name for f in findings if f.code == code)
        page.add(f"  {code} {name}: in {number} of {plural(len(cases), 'fit')}")
    page.blank()


def worst(cases: Sequence[Case]) -> Case:
    """Gives back the case with the highest last validation loss, or the last case."""
    return max(reversed(cases), key=lambda case: _last(case) or float("-inf"))


def _last(case: Case) -> float | None:
    return next(reversed(case.history("val_loss").values()), None)


def _best(case: Case) -> float | None:
    return min(case.history("val_loss").values(), default=None)


def _gap(case: Case) -> float | None:
    account = case.account()
    return gap(account) if account else None


def _figures(page: Page, cases: Sequence[Case]) -> None:
    page.add(
        (f"  {'fit':<6}{'epochs':>8}{'last val_loss':>16}{'best val_loss':>16}{'gap':>12}", "dim")
    )
    for case in cases:
        cells = f"{figure(_last(case)):>16}{figure(_best(case)):>16}{signed(_gap(case)):>12}"
        page.add(f"  {case.fit.id + 1:<6}{len(case.fit.epochs):>8}{cells}")
    columns = [[of(case) for case in cases] for of in (_last, _best, _gap)]
    last, best, between = ([v for v in column if finite(v)] for column in columns)
    mean = (figure(_mean(last)), figure(_mean(best)), signed(_mean(between)))
    spread = tuple(figure(_spread(values)) for values in (last, best, between))
    for name, row in (("mean", mean), ("spread", spread)):
        page.add((f"  {name:<14}{row[0]:>16}{row[1]:>16}{row[2]:>12}", "bold"))
    page.blank()


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _spread(values: Sequence[float]) -> float | None:
    """The standard deviation between fits."""
    return statistics.stdev(values) if len(values) > 1 else None


def _are_seen(deltas: Sequence[float], decimals: int) -> bool:
    """Tells whether any of them is more than nothing in so many decimals."""
    return any(round(delta, decimals) for delta in deltas)


def _rows(page: Page, cases: Sequence[Case]) -> None:
    """Adds the mean of each row of the loss at the last epoch, with the least and the most."""
    accounts = [account for case in cases if (account := case.account())]
    found = {
        name: [row.delta for a in accounts if (row := measured(a, name)) and finite(row.delta)]
        for name in ROW_NAMES
    }
    d = places([a.validation for a in accounts])
    shown = {name: deltas for name, deltas in found.items() if _are_seen(deltas, d)}
    if not shown:
        return
    page.add((f"  {'loss, last epoch':<24}{'mean':>10}{'least':>10}{'most':>10}{'fits':>6}", "dim"))
    for name, deltas in shown.items():
        told = (statistics.fmean(deltas), min(deltas), max(deltas))
        cells = "".join(f"{signed(value, d):>10}" for value in told)
        page.add(f"  {name:<24}{cells}{len(deltas):>6}")
    page.blank()
