"""Plays the blocks of a page: writes its files, runs its Python, then its checked commands."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blocks import ROOT, Block, blocks

PATH = os.pathsep.join((str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
PROGRAMS = {"valgap": (sys.executable, "-m", "valgap"), "python": (sys.executable,)}


def play(page: str, folder: Path) -> None:
    """Plays a page within a folder, which Python finds modules in.

    Raises:
        AssertionError: if Python fails, or a command does not print what is shown.
    """
    found = blocks(page)
    write_files(found, folder)
    if code := [b for b in found if b.is_run and b.language == "python"]:
        (folder / "page.py").write_text(as_script(code), encoding="utf-8")
        ended = called(("python", "page.py"), folder)
        assert ended.returncode == 0, ended.stderr[-3000:]
    for block in found:
        if block.is_run and block.language == "console":
            enter(block, folder)


def write_files(found: Sequence[Block], folder: Path) -> None:
    """Writes the blocks with a title; a project among them is then as if it were installed."""
    for block in (b for b in found if b.title):
        path = folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        if path.name == "pyproject.toml":
            _install(tomllib.loads(block.text).get("project"), folder)


def _install(project: dict[str, Any] | None, folder: Path) -> None:
    """What pip leaves of a project in the folder that it is installed into."""
    if project is None:
        return
    name, version = project["name"], project["version"]
    made = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    made.mkdir()
    (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{entry} = {place}" for entry, place in entries.items())]
    (made / "entry_points.txt").write_text("\n".join(lines) + "\n")


def as_script(found: Sequence[Block]) -> str:
    """All blocks as one file, each on the lines it has in its page."""
    lines: list[str] = []
    for block in found:
        lines += [""] * (block.line - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"


def enter(block: Block, folder: Path) -> None:
    """Runs the commands of a block; what it shows must be printed, in that order."""
    status, left = 0, list[str]()
    for line in block.text.splitlines():
        if line == "$ echo $?":
            left = [str(status)]
        elif line.startswith("$ "):
            ended = called(shlex.split(line[2:]), folder)
            status, left = ended.returncode, [x.rstrip() for x in ended.stdout.splitlines()]
            assert status != 3, ended.stderr
        elif line.strip() and line != "...":
            printed = "\n".join(left)
            assert line.rstrip() in left, f"line {block.line}: not printed: {line!r} in\n{printed}"
            left = left[left.index(line.rstrip()) + 1 :]


def called(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAMS[words[0]], *words[1:]],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join((str(folder), PATH))},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
