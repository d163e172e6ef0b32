"""Several processes that write into one folder of runs, and into one run, at once."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from foreign_runs import full_run

from valgap.evidence.records import EnvironmentRecord, TargetRecord
from valgap.evidence.store import RunWriter, load_run
from valgap.evidence.trials import read_trials
from valgap.evidence.verdicts import read_verdicts

PROCESSES, EACH = 4, 12
RUNS = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from foreign_runs import FIT
from valgap.evidence.records import EnvironmentRecord, EpochRecord, TargetRecord
from valgap.evidence.store import RunWriter
moment = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
for i in range({EACH}):
    made = RunWriter.create(
        Path(sys.argv[1]), TargetRecord(sys.argv[2]), EnvironmentRecord("3", "any", 1),
        created=moment,
    )
    made.write_fit(FIT)
    for epoch in range(3):
        made.append_epoch(0, EpochRecord(epoch, {{"loss": float(epoch)}}, 0.1))
"""
ONE_RUN = f"""
import sys
from pathlib import Path
from valgap.cli.file import write_whole
from valgap.evidence.trials import TrialRecord, append_trial
from valgap.evidence.verdicts import VerdictRecord, merged, read_verdicts, write_verdicts
run, mine = Path(sys.argv[1]), int(sys.argv[2])
folder = run / "fits" / "0"
for i in range({EACH}):
    append_trial(folder, TrialRecord("arm-" + "x" * 2000, 100 * mine + i, 1, 1, 0.5))
    told = (f"FIT{{mine}}", None, "x", "", "", "", "refuted", "")
    write_verdicts(folder, 0, merged(read_verdicts(folder), [VerdictRecord(0, *told)]))
    write_whole(run / "report.html", str(mine) * 2_000_000)
"""


def at_once(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    started = [
        subprocess.Popen([*command, str(i)], cwd=Path(__file__).parent, stdout=subprocess.DEVNULL)
        for i in range(PROCESSES)
    ]
    assert [process.wait(300) for process in started] == [0] * PROCESSES


def test_runs_that_begin_in_one_second_are_each_whole(tmp_path):
    at_once(RUNS, tmp_path)
    runs = [load_run(path) for path in (tmp_path / "runs").iterdir()]
    assert len(runs) == PROCESSES * EACH
    scripts = [run.record.target.script for run in runs]
    assert all(scripts.count(str(i)) == EACH for i in range(PROCESSES))
    assert all(len(run.fits[0].epochs) == 3 for run in runs)
    assert (tmp_path / ".gitignore").read_text() == "*\n"


def test_an_id_that_is_taken_is_drawn_again(tmp_path, monkeypatch):
    drawn = iter(["aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("secrets.token_hex", lambda size: next(drawn) if size == 2 else "other")
    told = (tmp_path, TargetRecord("a.py"), EnvironmentRecord("3", "any", 1))
    moment = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
    made = [RunWriter.create(*told, created=moment).id for _ in range(2)]
    assert made == ["20261126-120000-aaaa", "20261126-120000-bbbb"]


def test_trials_verdicts_and_pages_of_one_run_stay_whole(tmp_path):
    run = full_run(tmp_path)
    before = len(read_trials(run / "fits" / "0"))
    at_once(ONE_RUN, run)
    stored = load_run(run)
    assert len(read_trials(run / "fits" / "0")) == before + PROCESSES * EACH
    assert read_verdicts(run / "fits" / "0") == stored.verdicts
    assert stored.verdicts
    page = (run / "report.html").read_text(encoding="utf-8")
    assert page in {str(i) * 2_000_000 for i in range(PROCESSES)}
    assert not [p.name for p in run.rglob("*.tmp")]
