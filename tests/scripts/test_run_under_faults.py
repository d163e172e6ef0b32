"""`valgap run` and `valgap confirm` under faults: killed, no disk, no folder, odd scripts.

What had ended is there afterwards, and can be read; the script ends as it does without us; nothing
of ours is left running.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import is_alive
from runner import PLAIN, VALGAP, Ended, Folder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up"),
]

# An epoch's number stands in `ended` once Keras and all callbacks are done with the one before it.
SCRIPT = """
    import os
    import sys
    import time

    import keras
    import numpy as np

    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    np.savez("rows.npz", x=rng.normal(size=(256, 4)).astype("float32"))
    x = np.load("rows.npz")["x"]
    y = (x[:, 0] + 0.5 * rng.normal(size=256) > 0).astype("float32")

    class Ended(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            with open("ended", "a") as file:
                print(epoch, file=file)
            BETWEEN

    def train(epochs=4):
        model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        split = {"validation_data": (x[192:], y[192:])}
        told = model.fit(x[:192], y[:192], epochs=epochs, verbose=0, callbacks=[Ended()], **split)
        print(told.history["val_loss"])

    BEFORE
    train()
    AFTER
    train()
    print("the end")
"""
RUN = (*VALGAP[:-1], "--budget", "0s")


def script(before: str = "", between: str = "pass", after: str = "") -> str:
    text = SCRIPT.replace("BEFORE", before).replace("AFTER", after)
    return text.replace("BETWEEN", between)


def runs_in(folder: Folder) -> list[Path]:
    return sorted(folder.path.glob(".valgap/runs/*"))


def told_of(folder: Folder, run: Path) -> dict[str, Any]:
    """What `valgap report` says in JSON; it must be able to."""
    ended = folder.run(*VALGAP[:3], "report", "--format", "json", run.name)
    assert ended.status in (0, 1), ended.err
    assert "Traceback" not in ended.err
    made: dict[str, Any] = json.loads(ended.out)
    return made


def children_of(pid: int) -> Iterator[int]:
    """All processes below one, as long as it is there."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from children_of(child)


def killed(process: subprocess.Popen[bytes], after: float) -> list[int]:
    """Kills a process after so many seconds; gives back those below it, which must end by then."""
    end = time.monotonic() + after
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    below = list(children_of(process.pid))
    process.kill()
    process.communicate()
    return below


def all_end(processes: list[int], within: float = 20.0) -> bool:
    end = time.monotonic() + within
    while any(map(is_alive, processes)) and time.monotonic() < end:
        time.sleep(0.1)
    return not any(map(is_alive, processes))


def moments(kills: int, seed: int, whole: float) -> np.ndarray:
    """Moments from the start of a command to its end, one in each part of it."""
    rng = np.random.default_rng(seed)
    return (np.arange(kills) + rng.uniform(size=kills)) / kills * whole


def run_is_killed(folder: Folder, kills: int, seed: int) -> None:
    folder.write("job.py", script(between="time.sleep(0.2)"))
    began = time.monotonic()
    assert folder.run(*RUN, "job.py").status == 0
    whole = time.monotonic() - began
    seen = set()
    for moment in moments(kills, seed, whole):
        (folder.path / "ended").unlink(missing_ok=True)
        before = set(runs_in(folder))
        below = killed(folder.start(*RUN, "job.py"), float(moment))
        assert all_end(below), "processes of ours outlive the command"
        ended = folder.path / "ended"
        begun = ended.read_text().split() if ended.exists() else []
        new = set(runs_in(folder)) - before
        assert len(new) <= 1
        # The epoch that went on is lost, and no other.
        least, kept = max(0, len(begun) - begun.count("0")), 0
        for run in new:
            if (run / "run.json").exists():
                kept = sum(fit["epochs"] for fit in told_of(folder, run)["fits"])
        assert kept >= least, (moment, begun, kept)
        seen.add(min(kept, 3))
    assert len(seen) > 1, "all kills were of one kind"
    assert folder.run(*RUN, "job.py").status == 0


def test_a_run_that_is_killed_three_times_has_lost_no_epoch_that_had_ended(folder) -> None:
    run_is_killed(folder, 3, seed=5)


@pytest.mark.long
def test_a_run_that_is_killed_thirty_times_has_lost_no_epoch_that_had_ended(folder) -> None:
    run_is_killed(folder, 30, seed=6)


def trials_in(run: Path) -> list[str]:
    """Trials that have ended, each with its fit; a line that was cut is none."""
    return [
        f"{file.parent.name}:{line}"
        for file in sorted(run.glob("fits/*/trials.jsonl"))
        for line in file.read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]


def confirm_is_killed(folder: Folder, kills: int, seed: int) -> None:
    # Columns that were never scaled: there is something to confirm, by trainings.
    text = script().replace('["x"]', '["x"] * np.array([1e-3, 1, 1e3, 1e6], "float32")')
    folder.write("job.py", text.replace("(x[:, 0] + 0.5", "(1e3 * x[:, 0] + 0.5"))
    assert folder.run(*RUN, "job.py").status == 0
    (run,) = runs_in(folder)
    confirm = (*VALGAP[:3], "confirm", run.name, "--budget", "2m", "-o", "report.txt")
    rng = np.random.default_rng(seed)
    for _ in range(kills):
        before, process = trials_in(run), folder.start(*confirm)
        until = time.monotonic() + 60
        while len(trials_in(run)) == len(before) and process.poll() is None:
            assert time.monotonic() < until, "no trial came to an end in a minute"
            time.sleep(0.05)
        below = killed(process, float(rng.uniform(0, 6)))
        assert all_end(below), "workers outlive the command"
        after = trials_in(run)
        assert after[: len(before)] == before, "a trial that had ended is lost"
        made = [trial for line in after if (trial := _trial(line))]
        assert len(set(made)) == len(made), "a trial was made twice"
        told_of(folder, run)
    assert trials_in(run), "no trial was made"


def _trial(line: str) -> tuple[object, ...] | None:
    """What a trial is; None of one that failed, which the next command makes again."""
    fit, _, text = line.partition(":")
    made = json.loads(text)
    return None if made["error"] else (fit, made["arm"], made["seed"], made["epochs"])


def test_a_confirm_that_is_killed_three_times_keeps_each_trial_that_had_ended(folder) -> None:
    confirm_is_killed(folder, 3, seed=7)


@pytest.mark.long
def test_a_confirm_that_is_killed_thirty_times_keeps_each_trial_that_had_ended(folder) -> None:
    confirm_is_killed(folder, 30, seed=8)


def said_by(ended: Ended) -> list[str]:
    assert "Traceback" not in ended.err
    return [line for line in ended.err.splitlines() if line.startswith("valgap: ")]


def test_a_full_disk_costs_the_record_and_not_the_script(folder) -> None:
    # The rows of the script take 4 kB; records of ours are larger.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))"
    folder.write("job.py", script(before=limit))
    plain, ours = folder.run(*PLAIN, "job.py"), folder.run(*RUN, "job.py")
    assert (ours.status, plain.status) == (2, 0), ours.err
    assert ours.out == plain.out
    (told,) = (line for line in said_by(ours) if "File too large" in line)
    assert told.endswith("make room, or give --root")


# A file system of its own for one command: root cannot be kept out of a folder by its permissions.
READ_ONLY = """
mount -t tmpfs none "$0" && cp job.py "$0" && mount -o remount,ro "$0" && cd "$0" && exec "$@"
"""


def test_a_folder_that_cannot_be_written_is_refused_before_the_script_is_run(folder) -> None:
    place = folder.path / "read-only"
    place.mkdir()
    alone = ("unshare", "--mount", "sh", "-c", READ_ONLY, str(place))
    text = script().replace('"ended", "a"', 'os.devnull, "w"').replace("np.savez(", "dict(str=")
    text = text.replace('np.load("rows.npz")["x"]', 'rng.normal(size=(256, 4)).astype("float32")')
    folder.write("job.py", text.replace('dict(str="rows.npz", ', "dict("))
    if shutil.which("unshare") is None or folder.run(*alone, "true").status:
        pytest.skip("nothing can be mounted here")
    plain, ours = (folder.run(*alone, *words, "job.py") for words in (PLAIN, RUN))
    assert (plain.status, ours.status) == (0, 2), plain.err + ours.err
    assert ours.out == b""
    assert said_by(ours) == ours.err.splitlines()
    (told,) = said_by(ours)
    assert told.startswith("valgap: cannot keep runs in")
    assert told.endswith("may not be written")


# What a script does before its fits, as each epoch begins, and between its two fits.
ODD = {
    "deletes its data": ("", "pass", "os.remove('rows.npz')"),
    "handles signals": (
        "import signal; [signal.signal(s, lambda *a: None) for s in (2, 15, signal.SIGCHLD)]",
        "pass",
        "",
    ),
    "writes stdout elsewhere": ("", "pass", "sys.stdout = open(os.devnull, 'w')"),
    "closes stdout": ("", "pass", "sys.stdout.close(); print = lambda *a, **k: None"),
    "puts the clock back": (
        "now = time.time",
        "time.time = lambda: now() - 86400 * (epoch > 1)",
        "",
    ),
    "forks": ("", "pass", "os.waitpid(os.fork() or os._exit(0), 0)"),
    "clears the environment": ("os.environ.clear()", "pass", ""),
    "ends at once": ("", "pass", "sys.stdout.flush(); os._exit(0)"),
    "deletes what we keep": ("", "pass", "import shutil; shutil.rmtree('.valgap', True)"),
}
FITS = {"ends at once": 1, "deletes what we keep": None}


def is_as_without_us(folder: Folder, fits: int | None) -> None:
    plain, ours = folder.run(*PLAIN, "job.py"), folder.run(*RUN, "job.py")
    assert ours.status == plain.status, ours.err
    assert ours.out.startswith(plain.out)
    assert "Traceback" not in plain.err + ours.err
    if fits is None:
        return
    (run,) = runs_in(folder)
    told = told_of(folder, run)["fits"]
    assert [fit["epochs"] for fit in told] == [4] * fits


@pytest.mark.long
@pytest.mark.parametrize("name", ODD)
def test_an_odd_script_ends_as_without_us_and_its_fits_are_kept(name, folder) -> None:
    folder.write("job.py", script(*ODD[name]))
    is_as_without_us(folder, FITS.get(name, 2))


def test_a_script_with_most_oddities_ends_as_without_us_and_its_fits_are_kept(folder) -> None:
    parts = [odd for name, odd in ODD.items() if name not in FITS and "stdout" not in name]
    before, between, after = ("; ".join(p for p in part if p) for part in zip(*parts, strict=True))
    folder.write("job.py", script(before, between, after))
    is_as_without_us(folder, 2)
