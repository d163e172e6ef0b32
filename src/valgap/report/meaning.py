"""What the rows of an account mean, in one sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from valgap.case import finite
from valgap.evidence.account import Account, Row, RowName
from valgap.wording import figure, places

# A row that carries less than this share of all movement is left to the numbers.
VISIBLE_SHARE = 0.05

# What stands where the row makes the figure worse, and where it makes it better.
_SENTENCES: dict[RowName, tuple[str, str]] = {
    "epoch-averaging": (
        "the logged training figure is a mean over the epoch; with the weights of its end the "
        "training rows score {} worse",
        "the logged training figure is a mean over the epoch; with the weights of its end the "
        "training rows score {} better",
    ),
    "penalties-train": (
        "without its penalties the training figure would be {} worse",
        "{} of the training figure is penalty, not error",
    ),
    "weights": (
        "class or sample weights make the training figure look {} better than it is",
        "class or sample weights make the training figure look {} worse than it is",
    ),
    "augmentation": (
        "plain training rows score {} worse than augmented ones",
        "augmentation makes the training rows {} harder than they are in validation",
    ),
    "noise-layers": (
        "the model does {} worse without its noise layers, which is how validation runs it",
        "noise layers cost the training figure {}; validation runs without them",
    ),
    "batch-statistics": (
        "the same training rows score {} worse under the moving statistics that validation uses",
        "the same training rows score {} better under the moving statistics that validation uses",
    ),
    "generalisation": (
        "like for like, rows it was not trained on score {} worse",
        "like for like, rows it was not trained on score {} better",
    ),
    "validation-pipeline": (
        "the way the script feeds and scores validation makes it {} worse",
        "the way the script feeds and scores validation makes it {} better",
    ),
    "validation-weights": (
        "validation sample weights make the figure {} worse",
        "validation sample weights make the figure {} better",
    ),
    "penalties-validation": (
        "{} of the validation figure is penalty, not error",
        "penalties take {} off the validation figure",
    ),
    "unaccounted": (
        "{} more than the rows explain: sampling and redraws",
        "{} less than the rows explain: sampling and redraws",
    ),
}


def meanings(account: Account, *, higher_is_better: bool) -> Iterator[tuple[str, str]]:
    """Gives back (row, sentence) for rows that carry a visible share or were not measured."""
    moved = sum(abs(row.delta) for row in account.rows if finite(row.delta))
    decimals = places([account.train, account.validation])
    for row in account.rows:
        if row.status != "measured":
            reason = row.reason or "no reason was recorded"
            yield row.row, f"not measured; {reason}"
        elif is_visible(row, moved):
            is_worse = ((row.delta or 0.0) < 0) is higher_is_better
            sentence = _SENTENCES[row.row][0 if is_worse else 1]
            yield row.row, sentence.format(figure(abs(row.delta or 0.0), decimals))


def is_visible(row: Row, moved: float) -> bool:
    """Tells a row whose interval excludes 0 and that carries a visible share of all movement."""
    if not (finite(row.delta) and finite(row.low) and finite(row.high)):
        return False
    return not row.low <= 0 <= row.high and abs(row.delta) >= VISIBLE_SHARE * moved


def dominant(account: Account) -> RowName | None:
    """Gives back the row that moves the figure most, or None where none does."""
    rows = [row for row in account.rows if finite(row.delta) and row.delta]
    return max(rows, key=lambda row: abs(row.delta or 0.0)).row if rows else None
