"""`valgap audit` on the command line: reports, exit statuses, the split."""

import json
import shutil

import numpy as np
import pytest
from audit_made import class_folders, table

from valgap.cli.main import main


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return class_folders(tmp_path / "data", 30)


@pytest.fixture
def leaking(data):
    for i in range(10):
        name = f"train{i:03d}.png"
        shutil.copy(data / "train" / "cat" / name, data / "validation" / "cat" / name)
    return data


def test_the_report_goes_to_stdout_and_progress_to_stderr(leaking, capfd):
    assert main(["audit", "data"]) == 0
    out, err = capfd.readouterr()
    assert "error[DAT101] 10 of 30 validation rows stand in training too (33 %)" in out
    assert "reading pictures [####################] 90 of 90" in err
    assert "Traceback" not in err


def test_quiet_is_quiet(data, capfd):
    assert main(["audit", "data", "-q"]) == 0
    assert capfd.readouterr().err == ""


def test_a_finding_at_or_above_fail_on_ends_with_1(leaking):
    assert main(["audit", "data", "-q", "--fail-on", "error"]) == 1
    assert main(["audit", "data", "-q", "--fail-on", "error", "--ignore", "DAT101"]) == 0


@pytest.mark.parametrize("form", ["concise", "json", "html", "markdown", "sarif", "github"])
def test_every_form_is_written(leaking, tmp_path, form):
    assert main(["audit", "data", "-q", "--format", form, "-o", "report"]) == 0
    text = (tmp_path / "report").read_text()
    assert "DAT101" in text
    if form == "json":
        found = json.loads(text)
        assert found["target"]["script"] == "data"
        assert found["fits"][0]["status"] == "audited"
        assert found["fits"][0]["rows"] == {"train": 60, "validation": 30}


def test_an_audit_is_reported_again_as_a_run(leaking, capfd):
    assert main(["audit", "data", "-q", "--format", "json"]) == 0
    first = json.loads(capfd.readouterr().out)
    assert main(["report", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["findings"] == first["findings"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nowhere"], "no data at nowhere"),
        (["data", "--split", "out.txt"], "expected a file that ends in .csv or .npz"),
        (["data", "--split", "nowhere/out.csv"], "there is no folder"),
        (["data", "--shares", "70"], "--shares: expected 70,15,15"),
        (["data", "--format", "pdf"], "unknown format 'pdf'"),
        (["data", "--split", "out.csv", "--by", "group"], "no groups are known"),
        (["data", "--split-from", "2"], "expected a share between 0 and 1"),
        (["data", "--split-from", "no.csv"], "cannot read no.csv"),
        (["data", "--by", "colour"], "invalid value for '--by'"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_2(data, capfd, args, told):
    assert main(["audit", *args]) == 2
    err = [line for line in capfd.readouterr().err.splitlines() if "[" not in line]
    assert told in err[-1]
    assert "Traceback" not in "".join(err)


def test_a_sound_split_is_written_and_checked(leaking, tmp_path, capfd):
    asked = ["--split", "out.csv", "--shares", "60,20,20", "--stratify", "--seed", "3"]
    assert main(["audit", "data", *asked, "--drop-duplicates"]) == 0
    err = capfd.readouterr().err
    assert "10 rows left out as copies of others" in err
    assert "checked: no part shares copies or near twins with another" in err
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "path,label,split"
    assert len(lines) == 81
    assert [sum(line.endswith(f",{p}") for line in lines) for p in ("train", "test")] == [48, 16]


def test_arrays_and_columns_are_asked_for_by_name(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    x, y = table(100)
    head = ",".join([*(f"f{i}" for i in range(12)), "kind", "who"])
    rows = "\n".join(",".join([*(f"{v:.4f}" for v in row), "ab"[k], f"w{i // 10}"])
                     for i, (row, k) in enumerate(zip(x, y, strict=True)))  # fmt: skip
    (tmp_path / "t.csv").write_text(f"{head}\n{rows}\n")
    asked = ["--label", "kind", "--group", "who", "--split", "out.npz", "--by", "group"]
    assert main(["audit", "t.csv", "-q", *asked]) == 0
    arrays = np.load(tmp_path / "out.npz")
    groups = [set((arrays[p] // 10).tolist()) for p in ("train", "validation", "test")]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 10


def test_help_answers_without_reading_anything(capfd):
    assert main(["audit", "--help"]) == 0
    assert "before any training" in " ".join(capfd.readouterr().out.split())
