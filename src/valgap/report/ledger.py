"""The gap ledger of a fit: waterfalls of the loss, a table of metrics, shares of volatility."""

from __future__ import annotations

from collections.abc import Iterable

from valgap.case import Case, finite, gap
from valgap.evidence.account import Account
from valgap.report.meaning import dominant, meanings
from valgap.report.page import Page
from valgap.report.waterfall import draw
from valgap.wording import count, figure, percent, places, shown_epoch, signed

# Further rows would not be seen beside the largest.
_LARGEST_ROWS = 3
_LEAST_SHARE = 0.01


def add_ledger(page: Page, case: Case) -> None:
    """Adds all that was measured of the gap of a fit, or why nothing was."""
    if case.ledger is None or not case.ledger.accounts:
        reason = (case.ledger.unmeasured if case.ledger else None) or "none was drawn up"
        page.hang("gap ledger: ", reason)
        return
    known: set[object] = set()
    for account in _in_order(case.accounts() or _one_sided(case)):
        _loss(page, case, account, known)
    _metrics(page, case)
    _volatility(page, case)
    _sample(page, case)


def _one_sided(case: Case) -> tuple[Account, ...]:
    """Gives back accounts of the loss where there is no validation figure to account for."""
    accounts = case.ledger.accounts if case.ledger else ()
    return tuple(a for a in accounts if a.metric == "loss" and finite(a.train))


def _in_order(accounts: Iterable[Account]) -> list[Account]:
    order = ("last", "best", "worst")
    return sorted(accounts, key=lambda a: min(order.index(role) for role in a.roles or ("worst",)))


def _title(account: Account, case: Case) -> str:
    """Says `loss at the last epoch, 12 of 12: gap +5.59`."""
    number = shown_epoch(account.epoch, case.fit).removeprefix("epoch ")
    between = signed(gap(account), places([account.train, account.validation]))
    told = "no validation" if account.validation is None else f"gap {between}"
    return f"{account.metric} at the {' and '.join(account.roles)} epoch, {number}: {told}"


def _loss(page: Page, case: Case, account: Account, known: set[object]) -> None:
    """Adds a waterfall; what it means is said again only where another row leads."""
    is_first, is_new = not known, dominant(account) not in known
    higher = case.higher_is_better(account.metric)
    page.add((_title(account, case), "bold"))
    draw(page, account, higher_is_better=higher, every_row=is_first)
    every = is_first and account.validation is not None  # the title says what is missing
    for row, sentence in meanings(account, higher_is_better=higher) if is_new else ():
        if every or row in {r.row for r in account.rows if r.status == "measured"}:
            page.hang(f"    {row}: ", sentence, rest=" " * 6)
    known.add(dominant(account))
    page.blank()


def _metrics(page: Page, case: Case) -> None:
    """Adds a line an account of a metric, with the rows that move it most."""
    others = [a for a in (case.ledger.accounts if case.ledger else ()) if a.metric != "loss"]
    shown = [a for a in _in_order(others) if gap(a) is not None]
    if not shown:
        return
    name = max(6, *(len(a.metric) for a in shown))
    page.add(
        (f"  {'metric':<{name}}  {'epoch':>5} {'train':>8} {'valid.':>8} {'gap':>8}  ", "dim"),
        ("largest rows", "dim"),
    )
    for account in shown:
        decimals = places([account.train, account.validation])
        ends = (figure(account.train, decimals), figure(account.validation, decimals))
        prefix = (
            f"  {account.metric:<{name}}  {account.epoch + 1:>5} {ends[0]:>8} {ends[1]:>8} "
            f"{signed(gap(account), decimals):>8}  "
        )
        page.hang(prefix, _largest(account, decimals))
    page.blank()


def _largest(account: Account, decimals: int) -> str:
    moved = sum(abs(row.delta) for row in account.rows if finite(row.delta))
    rows = [r for r in account.rows if finite(r.delta) and abs(r.delta) > _LEAST_SHARE * moved]
    rows.sort(key=lambda row: -abs(row.delta or 0.0))
    told = (f"{row.row} {signed(row.delta, decimals)}" for row in rows[:_LARGEST_ROWS])
    return ", ".join(told) or "none"


def _volatility(page: Page, case: Case) -> None:
    shares = dict(case.ledger.volatility.get("loss", {})) if case.ledger else {}
    told = {row: share for row, share in shares.items() if finite(share)}
    largest = sorted(told, key=lambda row: -abs(told[row]))
    visible = [f"{_named(r)} {percent(told[r])}" for r in largest if abs(told[r]) >= _LEAST_SHARE]
    if visible:
        page.hang(
            "movement of val_loss over the epochs comes from: ", ", ".join(visible), rest="  "
        )
        page.blank()


def _named(row: str) -> str:
    return "the training figure itself" if row == "logged-train" else row


def _sample(page: Page, case: Case) -> None:
    for line in sampled(case):
        page.hang("", line)


def sampled(case: Case) -> tuple[str, ...]:
    """Gives back on how many rows the ledger was measured, and its notes."""
    if case.ledger is None:
        return ()
    sample, told = case.ledger.sample, [f"note: {note}" for note in case.ledger.notes]
    if sample is not None:
        train = f"{count(sample.train)} of {count(sample.train_total)} training"
        held_out = f"{count(sample.validation)} of {count(sample.validation_total)} validation"
        both = f"{train} and {held_out}" if sample.validation else train
        reason = f" ({sample.reason})" if sample.reason else ""
        told.insert(0, f"measured on: {both} rows{reason}")
    return tuple(told)
