"""What an audit is asked for beside its data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wishes:
    """Columns by name: `label`, `group` (rows that go together), `id` (of a series).

    `split_from` is a CSV of rows and their parts, or the share of the last rows that are to be
    validation, as `validation_split` takes them. `files` is the folder that paths in a CSV are
    of. `seed` is of all draws.
    """

    label: str | None = None
    group: str | None = None
    id: str | None = None
    split_from: str | None = None
    files: str | None = None
    seed: int = 0
