"""`valgap audit`: a data set and its split, before any training and without Keras."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valgap.cli.options import Action, Picks, output_options, picking_options, root_option
from valgap.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from valgap.audited import Audit
    from valgap.cli.desk import Desk

_BAR = 20


@dataclass(frozen=True, slots=True)
class Asked(Picks):
    """What `valgap audit` was asked for; None and () are filled from pyproject.toml."""

    data: Path
    label: str | None
    group: str | None
    id: str | None
    split_from: str | None
    files: Path | None
    split: Path | None
    by: str | None
    stratify: bool
    shares: str
    drop_duplicates: bool
    doubtful_labels: Path | None
    features: Path | None
    include_samples: bool
    seed: int
    quiet: bool
    form: str
    output: Path | None
    root: Path


@click.command()
@click.option("--label", metavar="COLUMN", help="Column of the label, in tables.")
@click.option("--group", metavar="COLUMN", help="Column of rows that go together.")
@click.option("--id", metavar="COLUMN", help="Column that tells series apart, in long tables.")
@click.option(
    "--split-from",
    metavar="FILE|SHARE",
    help="The split to judge: CSV of path (or row) and split, or a share of the last rows.",
)
@click.option("--files", type=click.Path(path_type=Path), help="Folder that paths in a CSV are of.")
@click.option(
    "--split",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write a sound split: OUT.csv of paths (or rows), or OUT.npz of positions.",
)
@click.option("--by", type=click.Choice(["group", "row"]), help="Of --split. [group, if known]")
@click.option("--stratify/--no-stratify", default=True, help="Of --split: by class. [yes]")
@click.option("--shares", default="70,15,15", help="Of --split: training, validation, test.")
@click.option("--drop-duplicates", is_flag=True, help="Of --split: leave copies out.")
@click.option(
    "--doubtful-labels",
    type=click.Path(path_type=Path),
    metavar="OUT.csv",
    help="Write the rows whose label can be judged, those that look most wrong first.",
)
@click.option(
    "--features",
    type=click.Path(path_type=Path),
    metavar="FILE.npy",
    help="Of --doubtful-labels: features of your own, one row for each of the data.",
)
@click.option("--include-samples", is_flag=True, help="Show rows of the data in the report.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of all draws. [0]")
@click.option("-q", "--quiet", is_flag=True, help="Report only: no progress, no notes.")
@output_options
@root_option
@picking_options
@click.argument("data", type=click.Path(path_type=Path))
def audit(**options: Any) -> Action:
    """Say what in DATA and its split will make validation lie, before any training.

    DATA is a folder of class folders (train/, validation/, test/ or one tree), of video clips or
    of .npy files; a CSV of paths and labels; a table as CSV or parquet; .npz or .npy arrays.
    """
    return partial(_answer, Asked(**options))


def _answer(asked: Asked) -> int:
    from valgap.audited import audit as audit_data
    from valgap.auditing.sound import check_name
    from valgap.auditing.splitting import shares_of
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import known_form
    from valgap.cli.file import root_folder, writable
    from valgap.cli.picking import picked
    from valgap.config import read_config

    picking = picked(read_config(Path.cwd()), asked)
    output = None if asked.output is None else writable(asked.output)
    shares = shares_of(asked.shares)
    if asked.split is not None:
        check_name(writable(asked.split))
    if asked.features is not None and asked.doubtful_labels is None:
        raise UsageError("--features: expected --doubtful-labels OUT.csv beside it")
    features = None if asked.features is None else _features(asked.features)
    doubtful = None if asked.doubtful_labels is None else writable(asked.doubtful_labels)
    desk = Desk(known_form(asked.form), output, asked.quiet)
    found = audit_data(
        asked.data,
        label=asked.label,
        group=asked.group,
        id=asked.id,
        split_from=asked.split_from,
        files=asked.files,
        seed=asked.seed,
        root=root_folder(asked.root),
        include_samples=asked.include_samples,
        progress=bar(desk),
    )
    desk.end_progress()
    diagnosis = picking.diagnose(found.stored)
    desk.hand_over(found.stored, diagnosis)
    if asked.split is not None:
        _write_split(asked, found, shares, desk)
    if doubtful is not None:
        _write_doubtful(doubtful, found, features, desk)
    return picking.status(diagnosis)


def _write_split(asked: Asked, found: Audit, shares: tuple[float, ...], desk: Desk) -> None:
    made = found.split(
        shares,
        by=asked.by,
        stratify=asked.stratify,
        drop_duplicates=asked.drop_duplicates,
        seed=asked.seed,
    )
    assert asked.split is not None
    made.save(asked.split)
    for note in made.notes:
        desk.note(note)
    desk.note(f"split written to {asked.split}")


def _write_doubtful(path: Path, found: Audit, features: Any, desk: Desk) -> None:
    from valgap.auditing.doubtful import save

    rows = found.doubtful_labels(features)
    save(rows, path)
    unlike = sum(row.label != row.looks_like for row in rows)
    desk.note(
        f"{len(rows):,} of {found.rows:,} rows could be judged and are written to {path}, worst "
        f"first; {unlike:,} look more like another class: look at the first ones, and stop where "
        "labels are right"
    )


def _features(path: Path) -> Any:
    """The array of a file, nothing unpickled; how many rows it must have is known later."""
    from zipfile import BadZipFile

    import numpy as np

    from valgap.auditing.doubtful import checked

    try:
        made = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise UsageError(f"--features {path}: expected a .npy file of numbers: {error}") from None
    if not isinstance(made, np.ndarray):
        raise UsageError(f"--features {path}: expected one array, as of np.save")
    return checked(made)


def bar(desk: Desk) -> Callable[[str, int, int], None]:
    """Gives back what shows progress as a bar, a new line for each tenth that is done."""
    shown: dict[str, int] = {}

    def progress(what: str, done: int, total: int) -> None:
        tenth = 10 * done // total if total else 0
        if shown.get(what) == tenth:
            return
        shown[what] = tenth
        filled = _BAR * done // total if total else 0
        drawn = f" [{'#' * filled}{'.' * (_BAR - filled)}] {done:,} of {total:,}" if total else ""
        desk.progress(f"{what}{drawn}")

    return progress
