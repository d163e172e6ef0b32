"""The reason why there is no ledger of a fit."""

from __future__ import annotations


class UnmeasurableError(Exception):
    """There is no account to draw up; the message is the reason in one sentence."""


NO_TIME = "no time was left"
