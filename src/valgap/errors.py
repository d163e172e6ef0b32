"""Errors that valgap shows its user as one line."""

from __future__ import annotations


class UsageError(Exception):
    """The user's mistake: one line that says what was expected, received, and what to do."""

    exit_status = 2


class RunUnreadableError(UsageError):
    """A run folder that is damaged, or of a schema this version does not read."""


class LegacyKerasError(UsageError):
    """Keras 2 was asked for: `tf_keras`, or `tf.keras` under TF_USE_LEGACY_KERAS."""


class OwnFailureError(Exception):
    """A fault of valgap itself: shown with its traceback, exit status 3."""

    exit_status = 3
