"""States that would not mean what their row says, taken out with the reason."""

from __future__ import annotations

import numpy as np

from valgap.ledger.clone import INFERENCE, KNOWN_OFF, Mode
from valgap.ledger.forward import Forward
from valgap.ledger.states import StateName, States
from valgap.observe.sources.base import Table
from valgap.observe.sources.nested import concatenate, leaves

_LOGGED: tuple[StateName, ...] = ("trained", "without-penalties", "without-weights")


def drop_unsound(
    states: States,
    absent: dict[StateName, str],
    overridden: tuple[str, ...],
    unknown_layer: str | None,
) -> None:
    """Removes states in place, adding the reason of each to `absent`.

    Args:
        states: all training states.
        absent: reasons known so far, such as a pipeline whose transforms stay on.
        overridden: parts of the training loop that the model's class writes anew.
        unknown_layer: a layer whose training mode does something that is not known.
    """
    if "without-augmentation" in absent:
        states.pop("without-augmentation", None)
    if overridden:
        for name in _LOGGED:
            states.pop(name, None)
            absent[name] = f"the model has a {overridden[0]} of its own"
    if unknown_layer is not None:
        states.pop("without-noise", None)
        states.pop("noise-on-moving", None)
        absent["without-noise"] = f"{unknown_layer} has a training mode of its own"


def layer_of_unknown_mode(forward: Forward, clean: Table | None) -> str | None:
    """Returns a layer (or model) of the user's own that acts in training mode, if any does.

    Tried, not guessed: with every known kind off, training mode must equal inference.
    """
    clone = forward.clone
    unknown = [clone.name_of(layer) for layer in clone.kinds["unknown"]]
    if not type(clone.model).__module__.startswith("keras."):
        unknown.append(clone.model.name)
    if not unknown or clean is None:
        return None
    return None if _alike(forward, clean, KNOWN_OFF, INFERENCE) else str(unknown[0])


def inference_is_random(forward: Forward, table: Table | None) -> bool:
    """Says whether the same rows give other predictions when inference is run again."""
    return table is not None and not _alike(forward, table, INFERENCE, INFERENCE)


def _alike(forward: Forward, table: Table, first: Mode, second: Mode) -> bool:
    few = table.take(np.arange(min(table.sizes[0], table.rows)))
    a, b = (concatenate(forward.run(few, mode).predictions) for mode in (first, second))
    return all(
        np.allclose(one, other, rtol=1e-5, atol=1e-6, equal_nan=True)
        for one, other in zip(leaves(a), leaves(b), strict=True)
    )
