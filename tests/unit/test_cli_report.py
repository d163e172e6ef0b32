"""`valgap report`, `checks` and `explain`, on runs written by the store."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from valgap.cli.main import main
from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    EpochRecord,
    FitRecord,
    ModelRecord,
    TargetRecord,
)
from valgap.evidence.store import RunWriter

HEAVY = ("keras", "tensorflow", "jax", "torch")


@pytest.fixture
def run(tmp_path, monkeypatch) -> RunWriter:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    writer = RunWriter.create(
        tmp_path / ".valgap", TargetRecord("job.py", (), 0), EnvironmentRecord("3.11", "any", 1)
    )
    data = DataRecord("train", "arrays", rows=8)
    writer.write_fit(FitRecord(0, None, None, ModelRecord("m", "Model", 1), data, None))
    writer.append_epoch(0, EpochRecord(0, {"loss": 0.5, "val_loss": 0.75}, 0.1))
    return writer


def test_the_newest_run_is_drawn_in_every_form(run, capfd):
    for form in ("full", "concise", "json"):
        assert main(["report", "--format", form]) == 0
    out, err = capfd.readouterr()
    assert run.id in out
    assert err == ""


def test_a_run_is_found_by_the_start_of_its_id_and_by_its_path(run, capfd):
    for name in (run.id[:10], str(run.path)):
        assert main(["report", "--format", "json", name]) == 0
        assert json.loads(capfd.readouterr().out)["run"]["id"] == run.id


def test_a_report_in_a_file_replaces_it_whole_and_leaves_stdout_alone(run, capfd, tmp_path):
    (tmp_path / "report.json").write_text("an older and much longer report" * 1000)
    assert main(["report", "--format", "json", "-o", "report.json"]) == 0
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"valgap: report written to {tmp_path / 'report.json'}\n")
    assert json.loads((tmp_path / "report.json").read_text())["run"]["id"] == run.id
    assert sorted(p.name for p in tmp_path.iterdir()) == [".valgap", "report.json"]


def test_a_report_can_go_to_a_device_and_through_a_link(run, tmp_path):
    assert main(["report", "--format", "json", "-o", os.devnull]) == 0
    assert Path(os.devnull).is_char_device()
    (tmp_path / "real").mkdir()
    (tmp_path / "link.json").symlink_to("real/report.json")
    assert main(["report", "--format", "json", "-o", "link.json"]) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real" / "report.json").stat().st_size > 0


def test_damaged_newer_and_missing_runs_are_one_line_and_status_2(run, capfd):
    record = json.loads((run.path / "run.json").read_text())
    wrongs = [
        ("nosuch", record, "no run 'nosuch' in "),
        (str(run.path), {**record, "schema": 99}, f"{run.path} has schema 99"),
        (str(run.path), {"schema": 1}, f"{run.path / 'run.json'}: run"),
    ]
    for name, content, message in wrongs:
        (run.path / "run.json").write_text(json.dumps(content))
        assert main(["report", name]) == 2
        err = capfd.readouterr().err
        assert err.startswith(f"valgap: {message}")
        assert err.count("\n") == 1


def test_an_unknown_form_or_check_is_one_line_and_status_2(run, capfd):
    assert main(["report", "--format", "jsno"]) == 2
    assert main(["report", "--ignore", "CUR108,MOD10x"]) == 2
    unknown_form, unknown_check = capfd.readouterr().err.splitlines()
    assert unknown_form == "valgap: unknown format 'jsno'; did you mean json?"
    assert unknown_check.startswith("valgap: no check 'MOD10x'; did you mean MOD10")


def test_the_catalogue_has_a_line_a_check_and_each_has_its_page(capfd):
    assert main(["checks"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("MOD106  ") for line in lines)
    for line in lines:
        code, severity, name, summary = line.split(maxsplit=3)
        assert main(["explain", name]) == main(["explain", code.lower()]) == 0
        by_name, by_code = capfd.readouterr().out.split(f"{code} {name} ({severity})\n\n")[1:]
        assert by_name == by_code
        assert by_name.startswith(summary)


def test_an_unknown_code_names_the_near_one(capfd):
    assert main(["explain", "MOD1O6"]) == 2
    assert capfd.readouterr().err == "valgap: no check 'MOD1O6'; did you mean MOD106?\n"


def _modules_after(*args: str) -> set[str]:
    code = (
        "import sys; from valgap.cli.main import main; status = main(sys.argv[1:])\n"
        "print('MODULES', *sys.modules); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("MODULES ")[2].split())


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_a_report_is_drawn_without_keras(form, run):
    assert not _modules_after("report", "--format", form) & set(HEAVY)


@pytest.mark.parametrize("args", [["--help"], ["checks"], ["explain", "MOD106"], ["--version"]])
def test_quick_answers_load_nothing_heavy(args):
    assert not _modules_after(*args) & {*HEAVY, "scipy.stats", "sklearn", "pandas"}


@pytest.mark.parametrize("args", [["checks"], ["explain", "MOD106"], ["report"]])
def test_a_closed_pipe_is_a_quiet_end(args, run):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "valgap", *args]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_without_the_signs_gets_others(run):
    command = [sys.executable, "-m", "valgap", "report"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
