"""Results in a file, so that what was run once is not run again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from diagnosis.running import Result


def load(path: Path | None) -> dict[tuple[str, int], Result]:
    """Gives the results that the file holds, by case and seed; none without one."""
    if path is None or not path.exists():
        return {}
    found = [Result.of_json(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    return {(each.name, each.seed): each for each in found}


def save(path: Path | None, results: Iterable[Result]) -> None:
    """Writes the results, if a file was asked for; a kill leaves the old file or the new one."""
    if path:
        ordered = sorted(results, key=lambda each: (each.name, each.seed))
        document = [result.as_json() for result in ordered]
        part = path.with_suffix(".part")
        part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
