"""A baseline file: findings that are known, so that only new ones count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from valgap.cli.file import write_whole
from valgap.errors import UsageError

if TYPE_CHECKING:
    from valgap.finding import Diagnosis

Baseline = frozenset[tuple[str, ...]]
_VERSION = "1"


def read_baseline(path: Path) -> Baseline:
    """Gives back the findings that a baseline holds.

    Raises:
        UsageError: if there is no such file, or it is no baseline.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "write one with --write-baseline"
        raise UsageError(f"no baseline {path}: {error.strerror}; {hint}") from None
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("schema_version") != _VERSION:
        raise UsageError(f"{path} is no baseline: expected JSON of schema_version {_VERSION!r}")
    known = document.get("known")
    if not isinstance(known, list) or not all(isinstance(entry, list) for entry in known):
        raise UsageError(f"{path} is no baseline: expected a list `known`")
    return frozenset(tuple(map(str, entry)) for entry in known)


def write_baseline(path: Path, diagnosis: Diagnosis) -> None:
    """Writes the findings that stand, for `--baseline` to know them again."""
    from valgap.ranking import identity, stands

    known = sorted({identity(f) for f in diagnosis.findings if stands(f)})
    document = {"schema_version": _VERSION, "known": known}
    write_whole(path, json.dumps(document, indent=2) + "\n")
