"""What is said of an estimator that was fitted on the rows of both splits."""

from __future__ import annotations

from valgap.case import Case
from valgap.checks.chance_gain import chance_gain
from valgap.checks.fitted_on_both import rows_left, rows_seen
from valgap.evidence.records import EstimatorRecord
from valgap.wording import count, percent


def message(case: Case, record: EstimatorRecord) -> str:
    """Gives back the fault with its numbers, the name cut where it is too long."""
    validation = case.fit.validation
    both = f"{count(case.fit.train.rows)} + {count(validation.rows if validation else None)}"
    told = f" was fitted on {count(record.rows)} rows, as many as both splits: {both}"
    if record.role == "sampler":
        told = f" turned {count(record.rows)} rows into {count(record.rows_out)} before the split"
    return record.cls[: 79 - len(told)] + told


def lines(case: Case, record: EstimatorRecord) -> tuple[str, ...]:
    """Gives back where it was fitted, and what ties its rows and its columns to the model."""
    train, validation, left = case.fit.train, case.fit.validation, rows_left(case, record)
    others = f", {count(left)} others may be for a test" if left else ""
    columns = record.columns if record.role == "sampler" else record.columns_after
    wide = "" if record.columns is None else f" of {count(record.columns)} columns"
    labels = " and their labels" if record.supervised else ""
    return (
        f"{record.cls}{at_line(record)} saw {count(record.rows)} rows{wide}{labels}",
        f"of {count(rows_seen(record))} rows the model trains on {count(train.rows)} and is "
        f"validated on {count(validation.rows if validation else None)}{others}",
        f"the model takes in {count(columns)} columns, as many as came of it; "
        "that they are the same is not proven",
    )


def gain_lines(record: EstimatorRecord) -> list[str]:
    """Gives back what chance alone would gain by it, if that is known."""
    gain = chance_gain(record)
    if gain is None:
        return []
    if record.role == "sampler":
        return [f"{percent(gain)} of the rows were made of others"]
    kept = f"the {count(record.columns_out)} best of {count(record.columns)} columns"
    what = kept if record.role == "selector" else "what it learned"
    return [f"if no column told anything, {what} would explain up to {percent(gain)} of the labels"]


def unit(record: EstimatorRecord) -> str:
    """Gives back what its gain is a share of."""
    made = record.role == "sampler"
    return "share of rows made of others" if made else "share of the labels chance explains"


def at_line(record: EstimatorRecord) -> str:
    """Gives back the line it was fitted in, to stand behind its name."""
    return "" if record.location is None else f" (line {record.location.line})"
