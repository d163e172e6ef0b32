"""`valgap treat` under faults: killed, out of disk, called twice; what has ended is kept."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from processes import is_alive

from valgap.errors import UsageError
from valgap.evidence.store import load_run
from valgap.treating import treat
from valgap.treatment.budget import Budget
from valgap.treatment.claim import claimed
from valgap.treatment.wishes import Wishes

pytest.importorskip("optuna")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up"),
]

SCRIPT = """
import keras
import numpy as np

keras.utils.set_random_seed(3)
rng = np.random.default_rng(0)
x = rng.normal(size=(600, 12)).astype("float32")
y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.3 * rng.normal(size=600) > 0).astype("int32")
x = x * 10.0 ** np.arange(-3, 9, dtype="float32")
model = keras.Sequential([keras.Input((12,)), keras.layers.Dense(8, activation="relu")])
model.add(keras.layers.Dense(2, activation="softmax"))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:480], y[:480], validation_data=(x[480:], y[480:]), epochs=3, verbose=0)
"""
TRIALS = 36
ELSEWHERE = os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
# Workers look every second whether their parent is there.
SECONDS_TO_END = 20.0


def command(folder: Path, *words: str, preexec_fn=None, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "valgap", *words], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=preexec_fn,  # noqa: PLW1509 - it takes no lock
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "NO_COLOR": "1", **env},
    )  # fmt: skip


def called(folder: Path, *words: str, **options: object) -> tuple[int, str, str]:
    process = command(folder, *words, **options)
    out, err = process.communicate()
    return process.returncode, out, err


def found(folder: Path, name: str) -> dict[str, object]:
    """What came of a study, apart from how long its trials took."""
    told = json.loads((folder / name / "treatment.json").read_text())
    return {**told, "runs": [{k: v for k, v in r.items() if k != "seconds"} for r in told["runs"]]}


@dataclass
class Recorded:
    """A recorded run of the script, with a study of it that nothing disturbed."""

    folder: Path
    run: Path

    def trials(self, number: int) -> list[tuple[object, ...]]:
        """What has ended of a study of that number, in the storage."""
        import optuna

        url = f"sqlite:///{self.run / 'fits/0/treat/trials.db'}"
        names = optuna.get_all_study_names(url)
        (name,) = [n for n in names if n.endswith(f"-{number}")] or [None]
        made = [] if name is None else optuna.load_study(study_name=name, storage=url).trials
        assert all(trial.state.is_finished() for trial in made)
        return [(*t.user_attrs["arms"], t.user_attrs["fold"], t.user_attrs["seed"], t.value)
                for t in made if t.value is not None]  # fmt: skip

    def begun(self) -> int:
        return len({p.parent for p in self.run.glob("fits/0/treat/*/work.pkl")})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "train.py").write_text(SCRIPT)
    status, _, err = called(folder, "run", "--budget", "0s", "-o", "report.txt", "train.py")
    assert status == 0, err
    (run,) = folder.glob(".valgap/runs/*")
    status, out, err = called(folder, "treat", "--trials", str(TRIALS), "-o", "whole")
    assert status == 0, err
    assert "valgap treat: helped" in out or (ELSEWHERE and "valgap treat:" in out), out
    made = Recorded(folder, run)
    assert len(made.trials(1)) == found(folder, "whole")["trials"] >= TRIALS - 1
    return made


def workers_of(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [
        int(pid) for pid in children if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def wait_for_end(pids: list[int]) -> None:
    end = time.monotonic() + SECONDS_TO_END
    while any(map(is_alive, pids)):
        assert time.monotonic() < end, "workers outlive the process that they work for"
        time.sleep(0.1)


@dataclass
class Killing:
    """Kills a study again and again, takes it up again, and counts what has ended."""

    recorded: Recorded
    rng: np.random.Generator
    number: int
    env: dict[str, str]
    process: subprocess.Popen[str] | None = None
    told: list[str] = field(default_factory=list)
    kills: list[str] = field(default_factory=list)

    def start(self, *words: str) -> None:
        # By the run's name: a script that is named without --resume is recorded anew.
        words = (*words, self.recorded.run.name, "-o", f"again-{self.number}")
        self.process = command(
            self.recorded.folder, "treat", "--trials", str(TRIALS), *words, **self.env
        )

    def begin_on_a_full_disk(self) -> int:
        """Begins the study where no file gets larger, and gives back how many trials it has."""
        import resource

        size = (self.recorded.run / "fits/0/treat/trials.db").stat().st_size + 10_000
        status, _, err = called(
            self.recorded.folder, "treat", "--trials", str(TRIALS), self.recorded.run.name,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
            **self.env,
        )  # fmt: skip
        assert status == 2, err
        assert "Traceback" not in err
        assert "storage: cannot be written" in err.splitlines()[-1]
        assert err.splitlines()[-1].endswith("--resume goes on")
        return len(self.recorded.trials(self.number))

    def goes_on(self, trials: int) -> None:
        """Reads what the study tells until so many trials more have ended, then a moment."""
        assert self.process is not None
        assert self.process.stderr is not None
        while trials:
            line = self.process.stderr.readline()
            assert line, f"the study ended: {self.told[-3:]}"
            self.told.append(line)
            # "valgap: phase: arms: score"; TensorFlow writes lines of its own.
            trials -= line.startswith("valgap: ") and line.count(":") == 3
        time.sleep(self.rng.uniform(0, 1))

    def kill(self, what: str) -> None:
        assert self.process is not None
        before, workers = self.recorded.trials(self.number), workers_of(self.process.pid)
        if what == "worker" and workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.rng.choice(workers)), signal.SIGKILL)
        else:
            self.process.kill()
            self.process.communicate()
            wait_for_end(workers)
            self.start("--resume")
        after = self.recorded.trials(self.number)
        assert after[: len(before)] == before
        assert len(set(after)) == len(after)
        self.kills.append(f"{what} after {len(before)}")

    def end(self) -> str:
        assert self.process is not None
        out, err = self.process.communicate()
        assert self.process.returncode == 0, err
        return out


def disturbed(
    recorded: Recorded, kills: int, seed: int, *, fills_disk: bool, **env: str
) -> Killing:
    """A study that may begin on a disk that gets full, and is killed so many times."""
    rng = np.random.default_rng(seed)
    killing = Killing(recorded, rng, recorded.begun() + 1, env)
    # How many trials fit on that disk depends on what SQLite has left in its pages.
    begun = killing.begin_on_a_full_disk() if fills_disk else 0
    killing.start(*(["--resume"] if fills_disk else []))
    most = (TRIALS - 4 - begun) // kills
    try:
        for i in range(kills):
            killing.goes_on(int(rng.integers(1, most + 1)))
            # Two workers in a row might be of one trial, which would then be given up.
            killing.kill("parent" if i % 2 else "worker")
    except BaseException:
        killing.process.kill()
        raise
    return killing


def ended_as_undisturbed(killing: Killing) -> None:
    recorded, number = killing.recorded, killing.number
    out = killing.end()
    print(killing.kills)  # told by pytest where it fails
    assert len({kill.rpartition(" ")[2] for kill in killing.kills}) > 1
    assert "are taken over" in out
    assert sorted(map(str, recorded.trials(number))) == sorted(map(str, recorded.trials(1)))
    assert found(recorded.folder, f"again-{number}") == found(recorded.folder, "whole")


def test_on_a_full_disk_and_killed_three_times_a_study_comes_to_the_same(recorded) -> None:
    # By one worker, which comes to the same as by two: each start loads TensorFlow once less.
    ended_as_undisturbed(disturbed(recorded, 3, 7, fills_disk=True, LOKY_MAX_CPU_COUNT="1"))


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])  # thirty kills in all
def test_killed_ten_times_a_study_comes_to_the_same(recorded, seed) -> None:
    ended_as_undisturbed(disturbed(recorded, 10, seed, fills_disk=False))


def test_a_second_study_of_a_fit_is_refused_and_the_first_not_harmed(recorded) -> None:
    run, begun = load_run(recorded.run), recorded.begun()
    with claimed(recorded.run / "fits/0/treat"):
        message = rf"^another study of this fit is going on \(process {os.getpid()}\): "
        with pytest.raises(UsageError, match=message):
            treat(run, Wishes(Budget(trials=TRIALS), resume=True))
    assert recorded.begun() == begun
