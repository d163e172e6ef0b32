"""Which source a path is read by."""

from __future__ import annotations

from pathlib import Path

from valgap.auditing.dataset import Dataset, Progress
from valgap.auditing.sources.arrays import array_dataset, is_folder_of_arrays
from valgap.auditing.sources.columns import csv_columns, parquet_columns
from valgap.auditing.sources.folders import folder_dataset
from valgap.auditing.sources.listing import listing_dataset, path_column
from valgap.auditing.sources.series import series_dataset
from valgap.auditing.sources.tables import table_dataset
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError

TABLES = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
ARRAYS = (".npz", ".npy")


def dataset_at(path: Path, wishes: Wishes, progress: Progress = lambda *_: None) -> Dataset:
    """Returns the rows that lie at a path.

    Raises:
        UsageError: if there is nothing, or nothing that can be read.
    """
    if not path.exists():
        raise UsageError(f"no data at {path}: expected a folder or a file")
    if path.is_dir():
        return array_dataset(path) if is_folder_of_arrays(path) else folder_dataset(path)
    ending = path.suffix.lower()
    if ending in ARRAYS:
        return array_dataset(path)
    if ending in TABLES and (column := path_column(path)) and wishes.id is None:
        return listing_dataset(path, column, wishes, progress)
    if ending in TABLES + PARQUET:
        read = parquet_columns if ending in PARQUET else csv_columns
        form = "parquet" if ending in PARQUET else "CSV"
        columns = read(path, progress)
        make = table_dataset if wishes.id is None else series_dataset
        return make(columns, wishes, form)
    known = ", ".join(ARRAYS + TABLES + PARQUET)
    raise UsageError(f"{path}: expected a folder, or a file of {known}")
