"""Workers that are none: trials are made in this process."""

from concurrent.futures import Future


class Inline:
    """Makes trials where it is asked to."""

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future

    def shutdown(self, **_):
        """Nothing runs."""
