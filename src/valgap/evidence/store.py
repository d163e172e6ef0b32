"""The run store: `RunWriter` writes a run as it goes, `load_run` reads it back."""

from valgap.evidence.runs import find_run
from valgap.evidence.stored import StoredRun, load_run
from valgap.evidence.writer import SCHEMA, RunWriter

__all__ = ["SCHEMA", "RunWriter", "StoredRun", "find_run", "load_run"]
