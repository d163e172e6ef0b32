"""An audit as a run is kept: a record of each pair of parts in the place of a fit."""

from __future__ import annotations

from valgap.auditing.measuring import Measured, Seen
from valgap.evidence.account import Ledger
from valgap.evidence.model import ModelMeasured
from valgap.evidence.records import DataRecord, FitRecord, ModelRecord
from valgap.evidence.store import RunWriter

NO_LEDGER = "data were audited: there is no fit to draw up a ledger of"
DRAWN = "no split was given: this one was drawn at random, by class, as train_test_split does"


def fit_record(number: int, seen: Seen, other: str) -> FitRecord:
    """Returns the record of training and one other part, in which nothing was fitted."""
    how = seen.parting.how
    arguments = {"held_out": other, "split": how}
    if how.startswith("last "):
        arguments["validation_split"] = how.removeprefix("last ")
    return FitRecord(
        id=number,
        location=None,
        compile=None,
        model=ModelRecord("", "", 0),
        train=_data(seen, "train"),
        validation=_data(seen, other),
        arguments=arguments,
        status="audited",
        not_rebuilt="data were audited, and nothing was trained",
        notes=(DRAWN,) if how == "drawn" else (),
    )


def _data(seen: Seen, part: str) -> DataRecord:
    rows = len(seen.rows(part))
    return DataRecord(
        "train" if part == "train" else "validation", seen.dataset.form, rows, shuffled=False
    )


def write(store: RunWriter, seen: Seen, number: int, other: str, measured: Measured) -> None:
    """Keeps one pair of parts in a run."""
    store.write_fit(fit_record(number, seen, other))
    store.write_ledger(Ledger(number, shared_rows=measured.shared, unmeasured=NO_LEDGER))
    store.write_measured(measured.rows, ModelMeasured(number))
