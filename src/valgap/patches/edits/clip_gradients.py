"""Gradients clipped by their norm."""

from __future__ import annotations

from valgap.patches.calls import optimizer_call
from valgap.patches.change import Change
from valgap.patches.rates import put_optimizer
from valgap.patches.registry import patch
from valgap.patches.script import CannotPatchError
from valgap.patches.subject import Subject

_CLIPS = {"clipnorm", "clipvalue", "global_clipnorm"}


@patch("clip-gradients")
def clip_gradients(change: Change, subject: Subject) -> None:
    """Gives the optimiser of the fit `clipnorm=1.0`, where it has no clip yet."""
    call = optimizer_call(change, subject)
    if call is None:
        put_optimizer(change, subject, "clipnorm=1.0")
    elif any(keyword.arg in _CLIPS for keyword in call.keywords):
        raise CannotPatchError("gradients are clipped already")
    else:
        change.with_keyword(call, "clipnorm", "1.0")
