"""The report as JSON inside the page: compact, and thinned where a fit had very many epochs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from valgap.evidence.records import Json

# A page has to stay below a megabyte; `valgap report --format json` holds every epoch.
MOST_EPOCHS = 400
_BY_EPOCH = ("history", "epoch", "trace")


def embedded(document: Json) -> str:
    """Gives back JSON that cannot end the element that it stands in."""
    text = json.dumps(_thinned(document), separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _thinned(document: Json) -> Json:
    if not isinstance(document, Mapping):
        return document
    fits = document.get("fits")
    if not isinstance(fits, list):
        return document
    return {**document, "fits": [_fit(fit) for fit in fits]}


def _fit(fit: Json) -> Json:
    """A fit with every k-th epoch, and how many were left out said in its notes."""
    if not isinstance(fit, Mapping):
        return fit
    epochs = fit.get("epochs")
    step = -(-epochs // MOST_EPOCHS) if isinstance(epochs, int) and epochs > MOST_EPOCHS else 1
    if step == 1:
        return fit
    thin = {name: _every(fit.get(name), step) for name in _BY_EPOCH}
    return {**fit, **thin, "thinned": f"every {step}th epoch of {epochs}"}


def _every(value: Json, step: int) -> Json:
    """Every k-th item of a list, or of each list of a mapping, and the last."""
    if isinstance(value, Mapping):
        return {key: _every(item, step) for key, item in value.items()}
    if not isinstance(value, list) or not value:
        return value
    return [*value[:-1][::step], value[-1]]
