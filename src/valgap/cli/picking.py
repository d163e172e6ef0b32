"""Which findings are told, which are known already, and which make the exit status 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.cli.baseline import Baseline, read_baseline, write_baseline
from valgap.cli.catalogue import refuse_unknown
from valgap.cli.file import writable
from valgap.cli.options import Picks
from valgap.cli.standing import stands_at
from valgap.config import Config

if TYPE_CHECKING:
    from valgap.evidence.store import StoredRun
    from valgap.finding import Diagnosis

ON_THE_LINE = "on the command line"


@dataclass(frozen=True, slots=True)
class Picking:
    """What the command line asks for, with what it leaves open taken from pyproject.toml."""

    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)
    fail_on: str | None = None
    baseline: Baseline = frozenset()
    write_to: Path | None = None

    def diagnose(self, run: StoredRun) -> Diagnosis:
        """Gives back the diagnosis of a run, and writes the baseline where that was asked for."""
        from valgap.registry import diagnose
        from valgap.report.going_on import as_it_stands

        diagnosis = diagnose(run, self.select, self.ignore, self.baseline)
        if self.write_to is not None:
            write_baseline(self.write_to, diagnosis)
        return as_it_stands(run, diagnosis)

    def status(self, diagnosis: Diagnosis) -> int:
        """Gives back the exit status: 1 where a finding stands at or above `fail_on`."""
        return 1 if stands_at(diagnosis, self.fail_on) else 0


def picked(config: Config, asked: Picks) -> Picking:
    """Gives back what to tell, checked before anything is run.

    Raises:
        UsageError: if a code is unknown, or a baseline cannot be read or written.
    """
    found = Picking(
        asked.select or config.select,
        dict.fromkeys(asked.ignore, ON_THE_LINE) or config.ignore,
        asked.fail_on or config.fail_on,
        frozenset() if asked.baseline is None else read_baseline(asked.baseline),
        None if asked.write_to is None else writable(asked.write_to),
    )
    if found.select or found.ignore:
        refuse_unknown((*found.select, *found.ignore))
    return found
