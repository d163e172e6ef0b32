"""`valgap diagnose`: a stored run again, or a saved model with its data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from valgap.cli.options import (
    Action,
    Picks,
    output_options,
    picking_options,
    root_option,
    rows_option,
    trust_option,
)

if TYPE_CHECKING:
    from valgap.evidence.store import StoredRun

MODEL_FILES = (".keras", ".h5", ".hdf5")


@dataclass(frozen=True, slots=True)
class Question(Picks):
    """What `valgap diagnose` was asked; None and () are filled from pyproject.toml."""

    target: str | None
    train: Path | None
    validation: Path | None
    history: Path | None
    loss: str | None
    metrics: tuple[str, ...]
    batch_size: int
    form: str
    output: Path | None
    root: Path
    rows: int | None
    trust: bool


@click.command()
@click.option(
    "--train",
    type=click.Path(path_type=Path),
    help="Training rows: .npz of x, y (groups, subclass).",
)
@click.option("--validation", type=click.Path(path_type=Path), help="Validation rows, likewise.")
@click.option("--history", type=click.Path(path_type=Path), help="JSON of History, or CSVLogger.")
@click.option("--loss", help="Compile the model with this loss, by name.")
@click.option("--metric", "metrics", multiple=True, help="And this metric, with --loss.")
@click.option("--batch-size", type=click.IntRange(1), default=32, help="Of training. [32]")
@output_options
@root_option
@rows_option
@picking_options
@trust_option("MODEL", "a Lambda layer holds code, which then runs")
@click.argument("target", metavar="RUN|MODEL", required=False)
def diagnose(**options: Any) -> Action:
    """Diagnose RUN again (the newest if none is named), or a saved MODEL on its data."""
    return partial(_answer, Question(**options))


def _answer(question: Question) -> int:
    from valgap.cli.desk import Desk
    from valgap.cli.drawing import known_form
    from valgap.cli.file import writable
    from valgap.cli.picking import picked
    from valgap.config import read_config

    config = read_config(Path.cwd())
    picking = picked(config, question)
    output = None if question.output is None else writable(question.output)
    desk = Desk(known_form(question.form), output)
    run = _run(question, question.rows or config.rows or 1000)
    diagnosis = picking.diagnose(run)
    desk.hand_over(run, diagnosis)
    return picking.status(diagnosis)


def _run(question: Question, rows: int) -> StoredRun:
    from valgap.errors import UsageError
    from valgap.evidence.store import find_run, load_run

    if question.target is not None and question.target.endswith(MODEL_FILES):
        return _examined(question, Path(question.target), rows)
    if question.train or question.validation or question.history or question.loss:
        raise UsageError(f"data is given but no model: expected a file {' or '.join(MODEL_FILES)}")
    return load_run(find_run(question.root, question.target))


def _examined(question: Question, path: Path, rows: int) -> StoredRun:
    from valgap.errors import UsageError

    if not path.is_file():
        raise UsageError(f"no model {path}")
    if question.train is None:
        raise UsageError("a model needs its data: give --train FILE.npz, and --validation")
    from valgap.examining import examine
    from valgap.observe.known import read_known_beside
    from valgap.observe.saved import (
        input_names,
        read_history,
        read_model,
        read_rows,
    )

    figures = None if question.history is None else read_history(question.history)
    model = read_model(path, question.loss, question.metrics, trust=question.trust)
    names = input_names(model)
    held_out = None if question.validation is None else read_rows(question.validation, names)
    return examine(
        model,
        read_rows(question.train, names),
        held_out,
        figures,
        batch_size=question.batch_size,
        root=question.root,
        rows=rows,
        name=path.name,
        known=read_known_beside(question.train, question.validation),
    )
