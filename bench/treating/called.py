"""Calls of valgap, and of other scripts, in folders and on cores of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "NO_COLOR": "1"}
SCRIPTS = Path(__file__).parent / "scripts"
SOURCE = Path(__file__).parents[2] / "src"


def called(
    folder: Path, words: Sequence[str], env: Mapping[str, str] | None = None, cores: int = 0
) -> float:
    """Calls a command in a folder and gives the seconds that it took.

    Args:
        folder: where; what is printed is added to `output.txt` there.
        words: the command.
        env: beside what is set already.
        cores: how many of those of this process it may use; 0: all.

    Raises:
        RuntimeError: if it fails, with the last line that it printed.
    """
    began = time.monotonic()
    own = {**os.environ, **QUIET, "PYTHONPATH": str(SOURCE), **(env or {})}
    with (folder / "output.txt").open("ab") as output:
        status = subprocess.run(
            [*_pinned(cores), *words], cwd=folder, env=own, stdout=output,
            stderr=subprocess.STDOUT, check=False,
        ).returncode  # fmt: skip
    if status:
        printed = (folder / "output.txt").read_text("utf-8", errors="replace").strip()
        last = printed.rpartition("\n")[2]
        raise RuntimeError(f"{' '.join(map(str, words))}: status {status}: {last}")
    return time.monotonic() - began


def _pinned(cores: int) -> list[str]:
    allowed = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", ",".join(map(str, allowed[:cores]))] if cores else []


def python(*words: str) -> list[str]:
    """Gives a command of the Python that runs the bench."""
    return [sys.executable, *words]


def valgap(*words: str) -> list[str]:
    """Gives a command of valgap, by the Python that runs the bench."""
    return python("-m", "valgap", *words)


def recorded(
    folder: Path,
    text: str,
    *,
    copied: Sequence[Path] = (),
    env: Mapping[str, str] | None = None,
    cores: int = 0,
) -> float:
    """Runs a script under valgap, without experiments, and gives the seconds that it took.

    Args:
        folder: where; it is made if it is not there.
        text: of the script, which becomes `train.py`.
        copied: files to put beside it.
        env: beside what is set already.
        cores: how many it may use; 0: all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(text, encoding="utf-8")
    for each in copied:
        shutil.copy(each, folder)
    words = valgap("run", "--quiet", "--budget", "0s", "-o", "report.txt", "train.py")
    return called(folder, words, env, cores)


def predicted(model: Path, x: NDArray[Any]) -> NDArray[Any]:
    """Gives what a saved model makes of rows; Keras is imported by another process."""
    rows, out = model.with_suffix(".rows.npy"), model.with_suffix(".predicted.npy")
    np.save(rows, x)
    called(model.parent, python(str(SCRIPTS / "predicted.py"), *map(str, (model, rows, out))))
    found: NDArray[Any] = np.load(out)
    return found
