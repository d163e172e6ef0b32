"""Diagnosis of a model and its data without the script that trained it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from valgap.errors import UsageError
from valgap.evidence.records import TargetRecord
from valgap.observe.known import Known
from valgap.session import Session

if TYPE_CHECKING:
    from valgap.evidence.store import StoredRun


def examine(  # noqa: PLR0913
    model: Any,
    train: tuple[Any, ...],
    validation: tuple[Any, ...] | None,
    history: Any = None,
    *,
    batch_size: int = 32,
    root: Path = Path(".valgap"),
    rows: int = 1000,
    name: str | None = None,
    known: Known | None = None,
) -> StoredRun:
    """Measures a trained model on its data and keeps it as a run.

    Args:
        model: a compiled Keras model; it is not changed.
        train: `(x, y)` or `(x, y, sample_weight)`.
        validation: likewise, or None.
        history: what `fit` gave back, its dictionary, or a list of figures by epoch; where it
            is None, the figures are evaluated.
        batch_size: rows of a training step.
        root: the folder that runs are kept in.
        rows: the most rows a split that are used.
        name: what to call the model in the report.
        known: which rows go together, and what kind of its class each is.

    Raises:
        UsageError: if the model has no loss, the data cannot be evaluated, or there are not as
            many groups or sub-labels as rows.
    """
    from valgap.observe.saved import figures_of

    try:
        figures = history if isinstance(history, list) else figures_of(history or {})
    except (TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"history: expected figure: [a number an epoch], {error}") from None
    session = Session(TargetRecord(name), root=root, rows=rows)
    session.add_saved(model, train, validation, figures, batch_size, known=known or Known())
    run = session.finish("finished", None)
    if run is None:
        raise UsageError("; ".join(session.notes) or "the model could not be measured")
    return run
