"""What a tool said of a run: the same for valgap and for its peers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One finding that stands: the codes it names, its severity and its words."""

    codes: tuple[str, ...]
    severity: str
    message: str

    @property
    def alarms(self) -> bool:
        """Says whether it is an error or a warning."""
        return self.severity in {"error", "warning"}
