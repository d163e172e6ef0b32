"""Runs found by name. No NumPy: a script may be waiting to be run."""

from __future__ import annotations

import difflib
from pathlib import Path

from valgap.errors import RunUnreadableError, UsageError


def find_run(root: Path, name: str | None = None) -> Path:
    """Gives back the folder of a run.

    Args:
        root: The folder of all that valgap keeps, such as `.valgap`.
        name: A path, an id or the start of one; the newest run if None.

    Raises:
        UsageError: If no run, or more than one, answers to `name`.
    """
    if name and (Path(name) / "run.json").is_file():
        return Path(name)
    ids = sorted((p.parent for p in root.glob("runs/*/run.json")), key=_age)
    if not ids:
        raise UsageError(f"no runs in {root / 'runs'}: make one with `valgap run SCRIPT`")
    if name is None:
        return ids[-1]
    return _named(root, name, ids)


def _named(root: Path, name: str, paths: list[Path]) -> Path:
    matches = [path for path in paths if name and path.name.startswith(name)]
    exact = [path for path in matches if path.name == name]
    if len(found := exact or matches) == 1:
        return found[0]
    if found:
        raise UsageError(f"{len(found)} runs start with {name!r}: give more of the id")
    if Path(name).exists():
        raise RunUnreadableError(f"{name} is not a run: expected a folder with run.json")
    # By time alone: the letters behind it are random, and would decide between near times.
    times = {path.name[:15]: path.name for path in paths}
    near = difflib.get_close_matches(name[:15], times, n=1)
    hint = f"; did you mean {times[near[0]]}?" if near else f"; the newest is {paths[-1].name}"
    raise UsageError(f"no run {name!r} in {root / 'runs'}{hint}")


def _age(path: Path) -> tuple[str, int]:
    """Orders by the time in the id, and within a second by the file itself."""
    return path.name[:15], (path / "run.json").stat().st_mtime_ns
