"""What a diagnosis says, as answers ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from valgap.finding import Diagnosis, Experiment, Finding
from valgap.ranking import stands
from valgap.wording import figure


@dataclass(frozen=True, slots=True)
class Told:
    """The standing findings of a run, looked up by code."""

    diagnosis: Diagnosis

    def of(self, code: str) -> Finding | None:
        """Gives back the finding of a code that stands, the first by rank; None: there is none."""
        return next((f for f in self.diagnosis.findings if f.code == code and stands(f)), None)

    def says(self, *codes: str) -> bool:
        """Tells whether a finding of one of these codes stands."""
        return any(self.of(code) is not None for code in codes)

    def proves(self, code: str) -> bool:
        """Tells whether a finding stands against the fit, more than a note, and is confirmed."""
        found = self.of(code)
        return found is not None and found.status == "confirmed" and found.severity != "note"

    def line(self, code: str) -> str:
        """Gives back the message of a finding with its code, and how it was proved; '' for none."""
        found = self.of(code)
        if found is None:
            return ""
        proof = "" if found.experiment is None else _proof(found.experiment)
        return f"{found.message} [{code}, {found.status}{proof}]"

    def lines(self, *codes: str) -> list[str]:
        """Gives back those of several codes, in their order, as far as they stand."""
        return [line for code in codes if (line := self.line(code))]


def _proof(made: Experiment) -> str:
    if made.effect is None or made.low is None or made.high is None:
        return ""
    what = "pairs of fits" if made.of == "fits" else "rows"
    count = f", {made.pairs} {what}" if made.pairs else ""
    interval = f"{figure(made.low)} to {figure(made.high)}"
    excluded = f"; {', '.join(made.excluded)} excluded" if made.excluded else ""
    return f": {made.name} changes it by {figure(made.effect)} ({interval}{count}){excluded}"
