"""A study as Python code holds it: asked for, and shown in a notebook or a terminal."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.config import parse_seconds
from valgap.errors import UsageError
from valgap.evidence.store import StoredRun
from valgap.treatment.budget import Budget, budget_of
from valgap.treatment.record import Treatment
from valgap.watched import Run

if TYPE_CHECKING:
    from valgap.treatment.events import Event

_WIDTH = 100


@dataclass(frozen=True, slots=True, repr=False)
class ShownTreatment(Treatment):
    """A treatment that knows the folder of its results."""

    folder: Path = field(default=Path(), compare=False)

    def __repr__(self) -> str:
        from rich.console import Console

        from valgap.report.treatment import render

        text = io.StringIO()
        render(self, self.folder, self.notes, Console(file=text, width=_WIDTH))
        return text.getvalue()

    def _repr_html_(self) -> str:
        from valgap.report.html.treatment.page import fragment_of
        from valgap.report.places import shown_path

        return fragment_of(self, shown_path(self.folder))


def treat(  # noqa: PLR0913
    run: Run | StoredRun,
    budget: str | float | None = None,
    *,
    trials: int | None = None,
    metric: str | Callable[[Any, Any], float] | None = None,
    groups: Any = None,
    seed: int = 0,
    unsafe: bool = False,
    resume: bool = False,
    storage: str | None = None,
    output: str | Path | None = None,
    engine: str = "local",
    cores_per_trial: int | None = None,
    gpus_per_trial: float | None = None,
    trust: bool = False,
    on_event: Callable[[Event], None] = lambda _: None,
) -> ShownTreatment:
    """Finds what helps the last fit of a run, and says by how much.

    Args:
        run: a watched run, or one that `load` gave back.
        budget: time, such as "20m" or seconds; 20 minutes if neither it nor `trials` is given.
        trials: a budget of so many trials instead: the same every time, with one seed.
        metric: a name (`balanced_accuracy`, `accuracy`, `macro_f1`, `roc_auc`, `pr_auc`,
            `log_loss`, `r2`, `mae`), or a callable of targets, shape (rows,) or (rows, values),
            and predictions, (rows, classes) or as the targets. More of a callable is better,
            unless its `greater_is_better` is False.
        groups: which rows go together, one label a row, training rows first.
        seed: of all draws.
        unsafe: whether to try what takes knowledge of the data too, as flips do.
        resume: whether to go on with the trials of the last study of this metric and seed.
        storage: URL of Optuna's storage; a file beside the run if there is none.
        output: the folder for `treatment.html`, `treatment.json`, `model.keras` and `treated.py`.
        engine: `local`; `ray`, the cluster that this machine is part of, or a Ray that is started
            for the study; `ray://HOST:PORT`, a cluster somewhere else.
        cores_per_trial: that Ray keeps free for each trial, which has as many threads; 1 if None.
        gpus_per_trial: likewise, a part of one or several; none if None.
        trust: whether to read the recipe of a run that others made, which runs the code in it.
        on_event: is told of what happens.

    Returns:
        What was found; a notebook shows it.

    Raises:
        UsageError: if the run cannot be treated, or not as wished.
    """
    from valgap.treating import treat as treated
    from valgap.treatment.engines.choice import Choice
    from valgap.treatment.wishes import Wishes

    wishes = Wishes(
        _budget(budget, trials), metric, groups, seed, unsafe, resume, storage,
        None if output is None else Path(output).absolute(),
        Choice(engine, cores_per_trial, gpus_per_trial), trust,
    )  # fmt: skip
    made = treated(run.stored if isinstance(run, Run) else run, wishes, on_event)
    own = {f.name: getattr(made.treatment, f.name) for f in dataclasses.fields(Treatment)}
    return ShownTreatment(**own | {"notes": made.notes}, folder=made.folder)


def _budget(budget: str | float | None, trials: int | None) -> Budget:
    try:
        seconds = parse_seconds(budget) if isinstance(budget, str) else budget
    except ValueError as error:
        raise UsageError(f"budget: {error}, received {budget!r}") from None
    return budget_of(trials, seconds)
