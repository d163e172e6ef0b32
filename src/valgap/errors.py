"""Errors that valgap shows its user as one line."""

from __future__ import annotations


class UsageError(Exception):
    """The user's mistake: one line that says what was expected, received, and what to do."""

    exit_status = 2


class RunUnreadableError(UsageError):
    """A run folder that is damaged, or of a schema this version does not read."""
