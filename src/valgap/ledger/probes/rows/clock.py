"""The time that measuring may take, and how much of it is left."""

from __future__ import annotations

from valgap.ledger.probes.clock import now

NO_TIME = "no time left"


class OutOfTimeError(Exception):
    """There is no time left to begin what comes next."""


class NotApplicableError(Exception):
    """A part cannot be measured of these rows; the message is the reason in one line."""


class Clock:
    """Counts down from a number of seconds."""

    def __init__(self, seconds: float) -> None:
        self._began = now()
        self._seconds = seconds

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return now() - self._began

    def has(self, share: float = 0.0) -> bool:
        """Whether more than that share of the time is left."""
        return self._seconds - self.spent > share * self._seconds

    def need(self, share: float = 0.0) -> None:
        """Makes sure that more than that share of the time is left.

        Raises:
            OutOfTimeError: where it is not.
        """
        if not self.has(share):
            raise OutOfTimeError(NO_TIME)
