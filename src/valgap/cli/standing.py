"""Whether a diagnosis is bad enough for `--fail-on`."""

from __future__ import annotations

from valgap.finding import Diagnosis
from valgap.ranking import stands

SEVERITIES = ("note", "warning", "error")


def stands_at(diagnosis: Diagnosis, fail_on: str | None) -> bool:
    """Says whether a new finding, neither refuted nor harmless, is as grave as `fail_on`."""
    if fail_on in (None, "never"):
        return False
    enough = SEVERITIES[SEVERITIES.index(str(fail_on)) :]
    return any(f.severity in enough and stands(f) and not f.known for f in diagnosis.findings)
