"""Fits of a script without a number of steps: an epoch is all rows then."""

from __future__ import annotations

from valgap.evidence.records import DataRecord

# A generator, or a data set that repeats, would never end an epoch.
_ENDING = ("arrays", "pandas", "PyDataset", "ImageDataGenerator", "DataLoader")


def ends_by_itself(data: DataRecord | None) -> bool:
    """Tells whether one pass over the rows of a split comes to an end."""
    return data is not None and data.form in _ENDING
