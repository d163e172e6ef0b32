"""Callbacks and the optimiser as they were before a fit, whose state it changes."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from valgap.observe.describe import flat_callbacks, one_line
from valgap.observe.packing import packed

# What a callback holds is noted before a fit where it is plain, or so many values at most.
_PLAIN, MOST_VALUES = (bool, int, float, complex, str, bytes, tuple, type(None)), 10_000
# They write or print, and change nothing that is learned.
_WITHOUT_EFFECT = (
    *("BackupAndRestore", "CSVLogger", "History", "ModelCheckpoint", "ProgbarLogger"),
    *("RemoteMonitor", "TensorBoard"),
)


def optimizer_before(model: Any) -> Any:
    """Returns the configuration of an optimiser at the start of a fit; None if it has none."""
    try:
        return packed(getattr(model, "optimizer", None))
    except Exception:  # get_config of a schedule of the user's own
        return None


def states_before(callbacks: Any) -> tuple[dict[str, Any], ...]:
    """Returns the plain values that each callback holds at the start of a fit.

    Callbacks of one's own may count over all fits that they see; what is large is left alone.
    """
    return tuple(
        {k: v if isinstance(v, _PLAIN) else copy.copy(v) for k, v in _small_values(callback)}
        for callback in flat_callbacks(callbacks)
    )


def _small_values(callback: Any) -> Iterator[tuple[str, Any]]:
    for name, value in getattr(callback, "__dict__", {}).items():
        few = type(value) in (list, dict, set) and len(value) <= MOST_VALUES
        if isinstance(value, _PLAIN) or few:
            yield name, value


def callbacks_of(
    callbacks: Any, states: tuple[dict[str, Any], ...], notes: list[str]
) -> Iterator[Any]:
    """Yields copies as before the fit, without the model; of one's own those that can be sent."""
    import cloudpickle

    for callback, before in itertools.zip_longest(flat_callbacks(callbacks), states):
        name = type(callback).__name__
        if callback is None or name in _WITHOUT_EFFECT:
            continue
        made = copy.copy(callback)
        vars(made).update(before or {})
        for held in ("_model", "best_weights", "validation_data"):
            if held in vars(made):
                setattr(made, held, None)
        try:
            cloudpickle.dumps(made)
        except Exception as error:  # whatever it holds raises
            notes.append(f"without the callback {name}: {one_line(error)}")
            continue
        yield made
