"""`valgap run` around a session that is made up: what is written where, and the status."""

import sys
from pathlib import Path

import pytest

from valgap import registry
from valgap.cli import drawing, watched
from valgap.cli.main import main
from valgap.evidence.records import EnvironmentRecord, RunRecord, TargetRecord
from valgap.evidence.store import StoredRun
from valgap.finding import Diagnosis, Expected, Finding, Observed

FAULT = "a fault of valgap itself: ZeroDivisionError"


def finding(severity="warning", status="suspected"):
    observed, expected = Observed(1.0, "loss"), Expected("<", 0.5, "a test")
    return Finding("MOD106", "some-fault", "MOD", severity, status, "message", observed, expected)


class Made:
    """A session that returns, or raises, what the test says."""

    run: StoredRun | None = None
    error: BaseException | None = None
    made: list["Made"]

    def __init__(self, target, **settings):
        self.target, self.settings = target, settings
        Made.made.append(self)

    def install(self):
        pass

    def finish(self, outcome):
        self.outcome = outcome
        if Made.error is not None:
            raise Made.error
        return Made.run


@pytest.fixture(autouse=True)
def process(tmp_path, monkeypatch):
    """A folder of its own, and the process left as it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watched, "Watching", Made)
    record = RunRecord(
        "20250101-000000-abcd", 1, "", TargetRecord("job.py"), EnvironmentRecord("3.11", "any", 1)
    )
    monkeypatch.setattr(Made, "made", [], raising=False)
    monkeypatch.setattr(Made, "error", None)
    monkeypatch.setattr(Made, "run", StoredRun(tmp_path / ".valgap" / "runs" / record.id, record))
    monkeypatch.setattr(drawing, "drawn", lambda form, run, *_: f"REPORT {form} {run.record.id}\n")
    main_module, argv, orig_argv = sys.modules["__main__"], sys.argv[:], sys.orig_argv[:]
    path, limit, stdout, hook = sys.path[:], sys.getrecursionlimit(), sys.stdout, sys.excepthook
    yield
    sys.modules["__main__"], sys.argv[:], sys.orig_argv[:] = main_module, argv, orig_argv
    sys.path[:], sys.stdout, sys.excepthook = path, stdout, hook
    sys.setrecursionlimit(limit)


def diagnosed(monkeypatch, *findings):
    monkeypatch.setattr(registry, "diagnose", lambda *_: Diagnosis(findings=findings))


def script(source="print('own')\n"):
    Path("job.py").write_text(source)
    return "job.py"


def test_the_report_follows_the_scripts_own_output(capfd, monkeypatch):
    diagnosed(monkeypatch)
    assert main(["run", script()]) == 0
    out, err = capfd.readouterr()
    assert out == "own\nREPORT full 20250101-000000-abcd\n"
    assert err.startswith("valgap: kept in .valgap/runs/20250101-000000-abcd; ")


def test_a_report_in_a_file_leaves_stdout_to_the_script(capfd, monkeypatch, tmp_path):
    diagnosed(monkeypatch)
    job = script("import os; print('own'); os.chdir('/')\n")
    assert main(["run", "--format", "json", "-o", "out.json", job]) == 0
    assert capfd.readouterr().out == "own\n"
    assert (tmp_path / "out.json").read_text() == "REPORT json 20250101-000000-abcd\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.py", "out.json"]


@pytest.mark.parametrize(
    "ending",
    [
        "sys.stdout = io.StringIO()",
        "sys.stdout = None",
        "sys.stdout.flush(); sys.stdout.detach()",
        "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8')",
    ],
)
def test_a_replaced_stdout_does_not_swallow_the_report(ending, capfd, monkeypatch):
    diagnosed(monkeypatch)
    own = open(1, "w", closefd=False)  # noqa: SIM115 as pytest's is not a plain file
    monkeypatch.setattr(sys, "stdout", own)
    main(["run", script(f"import io, sys\nprint('own')\n{ending}\n")])
    assert capfd.readouterr().out == "own\nREPORT full 20250101-000000-abcd\n"


def test_a_closed_stdout_is_found_again(capfd, monkeypatch):
    diagnosed(monkeypatch)
    own = open(1, "w", closefd=False)  # noqa: SIM115
    monkeypatch.setattr(sys, "stdout", own)
    assert main(["run", script("import sys; print('own'); sys.stdout.close()\n")]) == 0
    assert capfd.readouterr().out == "own\nREPORT full 20250101-000000-abcd\n"


@pytest.mark.parametrize(
    ("fail_on", "severity", "status", "expected"),
    [
        ("never", "error", "confirmed", 0),
        ("error", "error", "confirmed", 1),
        ("error", "warning", "confirmed", 0),
        ("warning", "error", "suspected", 1),
        ("note", "note", "inconclusive", 1),
        ("note", "error", "refuted", 0),
        ("note", "error", "harmless", 0),
    ],
)
def test_fail_on_looks_at_severity_and_at_what_stands(
    fail_on, severity, status, expected, monkeypatch
):
    diagnosed(monkeypatch, finding(severity, status))
    assert main(["run", "--fail-on", fail_on, script()]) == expected


def test_the_scripts_own_status_comes_before_fail_on(monkeypatch):
    diagnosed(monkeypatch, finding("error"))
    assert main(["run", "--fail-on", "note", script("import sys; sys.exit(7)\n")]) == 7


def test_a_script_that_raised_is_reported_on_and_ends_with_1(capfd, monkeypatch):
    diagnosed(monkeypatch)
    assert main(["run", script("1 / 0\n")]) == 1
    out, err = capfd.readouterr()
    assert out.startswith("REPORT")
    assert err.index("ZeroDivisionError") < err.index("valgap: kept in")
    assert Made.made[0].outcome.status == "raised"


def test_after_ctrl_c_the_report_is_made_and_the_interrupt_goes_on(capfd, monkeypatch):
    diagnosed(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        main(["run", script("raise KeyboardInterrupt\n")])
    assert capfd.readouterr().out.startswith("REPORT")
    assert (Made.made[0].outcome.status, Made.made[0].outcome.exit_status) == ("interrupted", 130)


@pytest.mark.parametrize(("own", "status"), [("pass", 3), ("import sys; sys.exit(7)", 7)])
def test_our_own_failure_is_shown_and_yields_to_the_scripts_status(own, status, capfd, monkeypatch):
    monkeypatch.setattr(Made, "error", ZeroDivisionError("ours"))
    assert main(["run", script(own)]) == status
    err = capfd.readouterr().err
    assert "ZeroDivisionError: ours" in err
    assert err.splitlines()[-1].startswith(f"valgap: {FAULT}; what was seen is in ")


def test_a_failing_report_is_our_own_failure_too(capfd, monkeypatch):
    diagnosed(monkeypatch)
    monkeypatch.setattr(drawing, "drawn", lambda *_: 1 / 0)
    assert main(["run", script()]) == 3
    assert FAULT in capfd.readouterr().err


def test_ctrl_c_during_the_ledger_ends_at_once(capfd, monkeypatch):
    monkeypatch.setattr(Made, "error", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        main(["run", script()])
    assert capfd.readouterr().err == "valgap: interrupted; `valgap report` shows what there is\n"


def test_settings_come_from_pyproject_where_the_command_line_is_silent(monkeypatch):
    diagnosed(monkeypatch, finding("warning"))
    Path("pyproject.toml").write_text('[tool.valgap]\nrows = 50\nfail-on = "warning"\n')
    assert main(["run", script()]) == 1
    assert main(["run", "--rows", "70", "--fail-on", "never", script()]) == 0
    assert [made.settings["rows"] for made in Made.made] == [50, 70]


def test_the_session_is_told_the_script_and_its_arguments(monkeypatch):
    diagnosed(monkeypatch)
    main(["run", "--no-ledger", "--root", "kept", script(), "--rows", "3"])
    (made,) = Made.made
    assert made.target == TargetRecord("job.py", ("--rows", "3"))
    assert made.settings["root"] == Path.cwd() / "kept"
    assert made.settings["draw_ledger"] is False


def test_what_is_known_of_rows_may_be_written_by_a_script_that_goes_elsewhere(
    monkeypatch, tmp_path
):
    diagnosed(monkeypatch)
    assert main(["run", script()]) == 0
    assert main(["run", "--known", "later.npz", script("import os; os.chdir('/')\n")]) == 0
    assert [made.settings["known"] for made in Made.made] == [None, tmp_path / "later.npz"]


WRONG = {
    "no such script": (["nosuch.py"], "no such script: nosuch.py"),
    "a near name": (["jop.py"], "no such script: jop.py; did you mean job.py?"),
    "a near path": (["./jop.py"], "no such script: ./jop.py; did you mean job.py?"),
    "a folder": (["sub"], "sub is a folder without __main__.py; expected a script"),
    "a shell script": (["train.sh"], "train.sh is not Python: line 2: invalid syntax"),
    "prose": (["prose.txt"], "prose.txt is not Python: line 1: invalid syntax"),
    "binary": (["data.bin"], "data.bin is not Python: source code string cannot contain null"),
    "other encoding": (["latin.py"], "latin.py is not Python: "),
    "no such module": (["-m", "no_such_module"], "No module named no_such_module"),
    "a broken module": (["-m", "broken"], "broken is not Python: line 1: invalid syntax"),
    "an option nearly": (
        ["--fromat", "json", "job.py"],
        "no such option '--fromat'. (Did you mean one of: '--format'",
    ),
    "a value": (["--fail-on", "high", "job.py"], "invalid value for '--fail-on': 'high' is not"),
    "rows": (["--rows", "some", "job.py"], "invalid value for '--rows': expected a positive"),
    "no script": ([], "missing argument 'SCRIPT'."),
    "a folder as output": (["-o", "sub", "job.py"], "cannot write "),
    "no folder of output": (["-o", "no/out", "job.py"], "cannot write "),
    "a folder as what is known": (
        ["--known", "sub", "job.py"],
        "invalid value for '--known': File 'sub' is a directory.",
    ),
    "no folder of what is known": (["--known", "no/known.npz", "job.py"], "cannot read "),
    "a file as root": (["--root", "prose.txt", "job.py"], "cannot keep runs in "),
    "an unknown check": (["--select", "XYZ999", "job.py"], "no check 'XYZ999'; "),
    "a form": (["--format", "jsn", "job.py"], "unknown format 'jsn'; did you mean json?"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage_is_one_line_and_status_2_before_anything_runs(what, capfd):
    args, message = WRONG[what]
    script("open('has_run', 'w')\n")
    Path("sub").mkdir()
    Path("train.sh").write_text("#!/bin/sh\nset -e; for x in a b; do echo $x; done\n")
    Path("prose.txt").write_text("This is not a script at all.\n")
    Path("data.bin").write_bytes(bytes(range(256)))
    Path("latin.py").write_bytes("x = 'é'\n".encode("latin-1"))
    Path("broken.py").write_text("a b c\n")
    sys.path.insert(0, str(Path.cwd()))
    before = sorted(Path.cwd().iterdir())
    assert main(["run", *args]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"valgap: {message}")
    assert err.count("\n") == 1
    assert [p for p in sorted(Path.cwd().iterdir()) if p.name != "__pycache__"] == before


def test_a_wrong_command_names_the_near_one(capfd):
    assert main(["rnu"]) == 2
    assert capfd.readouterr().err == "valgap: no such command 'rnu'. Did you mean 'run'?\n"
