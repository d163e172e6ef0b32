"""From the arguments of `fit` to the sources of its two splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from valgap.observe.sources.arrays import array_source
from valgap.observe.sources.base import Source, Sources
from valgap.observe.sources.nested import leaves
from valgap.observe.sources.request import Request, requests
from valgap.observe.sources.unreadable import UnreadableSource


def make_sources(fit_arguments: Mapping[str, Any], *, epochs: int) -> Sources:
    """Makes the sources of a fit at its start, reading nothing of the user's but a checksum.

    Args:
        fit_arguments: the arguments of `fit` that say what is fed; missing ones count as
            their defaults.
        epochs: the number of epochs asked for.
    """
    train, validation = requests(fit_arguments, epochs)
    return Sources(_source(train), None if validation is None else _source(validation))


def _source(request: Request) -> Source:
    if _are_arrays(request.x):
        return array_source(request)
    form = type(request.x).__name__
    return UnreadableSource(request.split, form, f"data of type {form} are not read again")


def _are_arrays(x: Any) -> bool:
    parts = list(leaves(x))
    return bool(parts) and all(
        hasattr(part, "shape") and (hasattr(part, "__array__") or hasattr(part, "iloc"))
        for part in parts
    )
