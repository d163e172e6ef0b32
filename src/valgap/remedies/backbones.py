"""Frozen networks within a model: which layers they are, and which were trained before."""

from __future__ import annotations

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config, layers_in

LEAST_LAYERS = 10


def backbone_in(model: Config) -> Config:
    """Returns the largest model within a model, by identity.

    Raises:
        CannotVaryError: if there is none of ten layers or more.
    """
    within = [c for c in layers_in(model) if isinstance(c["config"].get("layers"), list)][1:]
    large = [c for c in within if len(c["config"]["layers"]) >= LEAST_LAYERS]
    if not large:
        raise CannotVaryError("there is no network within the model")
    return max(large, key=lambda c: len(c["config"]["layers"]))


def set_trainable(layer: Config, trainable: dict[str, bool], *, value: bool) -> None:
    """Freezes or frees one layer, in its configuration and by its path, in place."""
    name = layer["config"]["name"]
    layer["config"]["trainable"] = value
    for path in trainable:
        # A layer without weights may have no path.
        if path is not None and path.rpartition("/")[2] == name:
            trainable[path] = value
