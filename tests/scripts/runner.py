"""Runs a script with and without valgap, and gives back all that can be told of both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

PLAIN = (sys.executable,)
# What these tests hold is the script's own output and ending, and they are many.
VALGAP = (sys.executable, "-m", "valgap", "run", "--ledger-only")
SILENT = "valgap: no call of fit was seen; nothing to report\n"
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": BACKEND, "NO_COLOR": "1"}


def _ctrl_c_by_default() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Ended:
    """What a process left: `status` is negative where a signal ended it."""

    status: int
    out: bytes
    err: str


class Folder:
    """A folder with scripts, and how to run them in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, source: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    def run(self, *command: str, **environment: str) -> Ended:
        return self._ended(self.start(*command, **environment))

    def run_until_ready(self, *command: str) -> Ended:
        """Sends SIGINT once the process has written a file called `ready`."""
        ready = self.path / "ready"
        ready.unlink(missing_ok=True)
        process = self.start(*command)
        for _ in range(2400):  # two minutes: a first import on a busy machine takes long
            if ready.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        return self._ended(process)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            # A suite started in the background ignores Ctrl+C, and children inherit that.
            preexec_fn=_ctrl_c_by_default,  # noqa: PLW1509 - it takes no lock
            env={**os.environ, **ENVIRONMENT, **environment},
        )

    def both(self, *target: str, **environment: str) -> tuple[Ended, Ended]:
        """The same under plain Python and under `valgap run`."""
        return self.run(*PLAIN, *target, **environment), self.run(*VALGAP, *target, **environment)

    def _ended(self, process: subprocess.Popen[bytes]) -> Ended:
        try:
            out, err = process.communicate(timeout=180)
        finally:
            process.kill()
        return Ended(process.returncode, out, err.decode())
