"""What an adapter states about a log reader, and how it is run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from diagnosis.case import codes
from diagnosis.said import Said

SECONDS = 60
OVERFITTING = "CUR101 CUR105 FIT113 DAT206 MOD105"


@dataclass(frozen=True, slots=True)
class Peer:
    """A log reader: its package, code that reads `log.csv`, and what its rules mean.

    `code` is run by a Python that has the package, in the folder of the log, and prints.
    `read` gives rule and severity of each finding from what was printed, worst first.
    """

    name: str
    code: str
    read: Callable[[str], list[tuple[str, str]]]
    means: Mapping[str, str]

    def installed(self, python: str) -> bool:
        """Says whether that Python can import the package."""
        package = self.name.replace("-", "_")
        command = (python, "-c", f"import {package}")
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def diagnose(self, folder: Path, python: str) -> tuple[Said, ...] | str:
        """Gives what is said of the log in a folder, or why nothing can be said."""
        try:
            ran = subprocess.run(
                (python, "-c", self.code), cwd=folder, capture_output=True, text=True,
                check=False, timeout=SECONDS,
            )  # fmt: skip
            return tuple(self._said(rule, severity) for rule, severity in self.read(ran.stdout))
        except (ValueError, LookupError, subprocess.TimeoutExpired) as error:
            return f"{type(error).__name__}: {error}"[:120]

    def _said(self, rule: str, severity: str) -> Said:
        return Said(tuple(sorted(codes(self.means.get(rule, "")))), severity, rule)


def command(module: str, *arguments: str) -> str:
    """Gives code that calls the command line of a package."""
    return f"import sys; from {module} import main; sys.argv[1:] = {list(arguments)}; main()"
