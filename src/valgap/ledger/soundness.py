"""States that would not mean what their row says, taken out with the reason."""

from __future__ import annotations

import numpy as np

from valgap.ledger.clone import INFERENCE, KNOWN_OFF
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
    unknown = [layer.name for layer in clone.kinds["unknown"]]
    if not type(clone.model).__module__.startswith("keras."):
        unknown.append(clone.model.name)
    if not unknown or clean is None:
        return None
    few = clean.take(np.arange(min(8, clean.rows)))
    on, off = (concatenate(forward.run(few, mode).predictions) for mode in (KNOWN_OFF, INFERENCE))
    same = all(
        np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True)
        for a, b in zip(leaves(on), leaves(off), strict=True)
    )
    return None if same else str(unknown[0])
