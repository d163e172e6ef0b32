"""Findings that are known do not count; new ones do."""

import json

import pytest

from valgap.checks.data.rows_shared_between_splits import rows_shared_between_splits as check
from valgap.cli.main import main
from valgap.evidence.records import EnvironmentRecord, TargetRecord
from valgap.evidence.store import RunWriter


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    case = check.fires_on()
    writer = RunWriter.create(
        tmp_path / ".valgap", TargetRecord("job.py", (), 0), EnvironmentRecord("3.11", "any", 1)
    )
    writer.write_fit(case.fit)
    for epoch in case.fit.epochs:
        writer.append_epoch(case.fit.id, epoch)
    writer.write_ledger(case.ledger)
    return writer


def test_a_report_fails_on_what_stands_unless_the_baseline_knows_it(run, capfd):
    assert main(["report", "--fail-on", "error", "--write-baseline", "known.json"]) == 1
    assert main(["report", "--fail-on", "error", "--baseline", "known.json"]) == 0
    assert main(["report", "--format", "concise", "--baseline", "known.json"]) == 0
    line = capfd.readouterr().out.splitlines()[-1]
    assert line.endswith("(known)")


def test_a_fault_at_another_call_is_new(run, tmp_path):
    main(["report", "--write-baseline", "known.json"])
    document = json.loads((tmp_path / "known.json").read_text())
    document["known"] = [
        [code, file, "other.fit", *rest] for code, file, _, *rest in document["known"]
    ]
    (tmp_path / "known.json").write_text(json.dumps(document))
    assert main(["report", "--fail-on", "error", "--baseline", "known.json"]) == 1


@pytest.mark.parametrize("text", [None, "", "[]", '{"schema_version": "9"}', '{"known": [1]}'])
def test_what_is_no_baseline_is_one_line_and_status_2(run, tmp_path, capfd, text):
    if text is not None:
        (tmp_path / "known.json").write_text(text)
    assert main(["report", "--baseline", "known.json"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("valgap: ")
    assert err.count("\n") == 1


def test_ignored_findings_are_told_of_with_their_reason(run, tmp_path, capfd):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.valgap.ignore]\nDAT101 = "few possible inputs"\n'
    )
    assert main(["report", "--fail-on", "error"]) == 0
    out = capfd.readouterr().out
    assert "error[DAT101]" not in out
    assert "DAT101 (few possible inputs): 90 of 450 validation rows" in out
