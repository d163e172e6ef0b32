"""`valgap view`: what is written, printed and opened, and how it ends."""

import http.client
import os
import re
import signal
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest
from runs_help import kept

from valgap.cli.main import main

OLD, NEW = "20260101-080000-aaaa", "20260103-080000-bbbb"


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked for."""
    found = []
    monkeypatch.setattr(webbrowser, "open", lambda address: found.append(address) or True)
    return found


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept(tmp_path / ".valgap", OLD)
    kept(tmp_path / ".valgap", NEW)
    return tmp_path / ".valgap" / "runs"


def test_the_newest_report_is_written_beside_its_run_opened_and_its_path_printed(
    runs, opened, capfd
):
    assert main(["view"]) == 0
    out, err = capfd.readouterr()
    path = Path(out.strip())
    assert (path, err) == (runs / NEW / "report.html", "")
    assert NEW in path.read_text(encoding="utf-8")
    assert opened == [path.as_uri()]


def test_a_run_is_named_by_the_start_of_its_id_and_no_browser_need_be_opened(runs, opened, capfd):
    assert main(["view", OLD[:8], "--no-open"]) == 0
    assert capfd.readouterr().out == f"{runs / OLD / 'report.html'}\n"
    assert opened == []


def test_where_there_is_no_browser_the_path_is_enough(runs, monkeypatch, capfd):
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert main(["view"]) == 0
    out, err = capfd.readouterr()
    assert out == f"{runs / NEW / 'report.html'}\n"
    assert err == "valgap: no browser was found: open it yourself\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["view", "nosuch"], "valgap: no run 'nosuch' in "),
        (["view", "--runs", OLD], "valgap: expected --runs or a run, received both: leave out "),
        (["view", "--port", "8000"], "valgap: --port is of the page of all runs: add --runs\n"),
        (["view", "--runs", "--port", "0"], "valgap: invalid value for '--port'"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(runs, opened, capfd, args, told):
    assert main(args) == 2
    err = capfd.readouterr().err
    assert err.startswith(told)
    assert err.count("\n") == 1
    assert opened == []


def test_a_check_that_the_project_ignores_is_ignored_here_too(runs, capfd):
    Path("pyproject.toml").write_text('[tool.valgap]\nselect = ["CUR103"]\n')
    assert main(["view", "--no-open"]) == 0
    page = (runs / NEW / "report.html").read_text(encoding="utf-8")
    assert "CUR103" in page.partition('id="checks"')[2]
    assert "FIT105" not in page


def test_all_runs_are_served_until_ctrl_c_which_is_a_quiet_end(runs):
    command = [sys.executable, "-m", "valgap", "view", "--runs", "--no-open"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    # What is started in the background of a shell ignores Ctrl+C, and its children with it.
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as server:
        try:
            port, path = re.fullmatch(
                r"http://127\.0\.0\.1:(\d+)(/\?token=[\w-]{43})\n", server.stdout.readline()
            ).groups()
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
            connection.request("GET", path)
            cookie = connection.getresponse().headers["Set-Cookie"].partition(";")[0]
            connection.close()
            connection.request("GET", "/", headers={"Cookie": cookie})
            assert NEW in connection.getresponse().read().decode()
            server.send_signal(signal.SIGINT)
            out, err = server.communicate(timeout=30)
        finally:
            server.kill()
    assert (server.returncode, out) == (0, "")
    assert err == "valgap: for this machine only; Ctrl+C ends it\n\n"


def test_help_loads_neither_the_server_nor_what_draws():
    code = (
        "import sys; from valgap.cli.main import main; main(['view', '--help'])\n"
        "sys.exit(sorted({'http.server', 'numpy', 'jinja2', 'matplotlib'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
