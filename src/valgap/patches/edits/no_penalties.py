"""All penalties left out."""

from __future__ import annotations

from valgap.patches.change import Change
from valgap.patches.penalties import without_penalties
from valgap.patches.registry import patch
from valgap.patches.subject import Subject


@patch("no-penalties")
def no_penalties(change: Change, subject: Subject) -> None:
    """Takes every `*_regularizer` out of all layers of the model that have one."""
    without_penalties(change, subject, lambda name: name.endswith("_regularizer"))
