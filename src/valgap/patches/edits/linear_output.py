"""An output that takes every value."""

from __future__ import annotations

from valgap.patches.change import Change
from valgap.patches.heads import head
from valgap.patches.registry import patch
from valgap.patches.subject import Subject


@patch("linear-output")
def linear_output(change: Change, subject: Subject) -> None:
    """Takes the activation off the layer that the finding names."""
    change.without(head(change, subject), ["activation"])
