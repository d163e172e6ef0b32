"""`valgap read` as a command: forms, standard input, exit status, memory, what it loads."""

import io
import json
import os
import re
import subprocess
import sys

import pytest
from kept import assert_as_kept
from logs_made import KERAS_1, KERAS_3, LINE

from valgap.cli.main import main

ROWS = [(0.9 * 0.8**i + 0.01, 0.5 + 0.02 * max(0, i - 5) + 0.01 * (i % 2)) for i in range(30)]
CSV = "epoch,loss,val_loss\n" + "".join(f"{i},{a},{b}\n" for i, (a, b) in enumerate(ROWS))
HEAVY = {"keras", "tensorflow", "jax", "torch", "matplotlib", "pandas", "sklearn", "scipy.stats"}


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "log.csv").write_text(CSV)
    return "log.csv"


@pytest.mark.parametrize("form", ["full", "json", "markdown"])
def test_a_log_is_written_as_kept(form, log, capfd):
    assert main(["read", "--rows", "400", "--format", form, log]) == 0
    text = re.sub(r'"(tool|created)": .*', r'"\1": …', capfd.readouterr().out)
    assert_as_kept(f"read.{form}.txt", text)


def test_a_log_is_told_in_full(log, capfd):
    assert main(["read", log]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    for text in (
        "state[CUR105] val_loss rises",
        "Mann-Kendall",
        "noise",
        "luck",
        "what a log cannot tell",
    ):
        assert text in out
    assert "valgap run train.py" in out
    assert "overfit" not in out.lower()
    assert max(map(len, out.splitlines())) <= 100


def test_json_holds_numbers_and_no_nan(log, capfd):
    assert main(["read", "--format", "json", log]) == 0
    document = json.loads(capfd.readouterr().out, parse_constant=pytest.fail)
    pair = document["logs"][0]["pairs"][0]
    assert pair["last"]["validation"] == pytest.approx(ROWS[-1][1])
    assert pair["best"]["at"] in (1, 3, 5)
    assert document["logs"][0]["states"][0]["code"] == "CUR105"
    assert document["settles"][0]["command"] == "valgap run train.py"


def test_a_loss_that_is_nan_is_json_all_the_same(tmp_path, capfd):
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n0,0.5,nan\n1,nan,nan\n")
    assert main(["read", "--format", "json", str(tmp_path / "log.csv")]) == 0
    document = json.loads(capfd.readouterr().out, parse_constant=pytest.fail)
    assert document["logs"][0]["states"][0]["code"] == "FIT112"


def test_markdown_goes_to_a_file(log, capfd, tmp_path):
    assert main(["read", "--format", "markdown", "-o", "out.md", log]) == 0
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"valgap: report written to {tmp_path / 'out.md'}\n")
    text = (tmp_path / "out.md").read_text()
    assert text.startswith("## valgap read: log.csv")
    assert "| last | training | validation |" in text
    assert "`valgap run train.py`" in text
    assert text.isascii()


def test_standard_input_is_read(log, capfd, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(KERAS_1.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["read", "-"]) == 0
    out = capfd.readouterr().out
    assert "Keras console output, 2 epochs, 10,000 validation rows" in out
    assert "too few epochs" in out


def test_several_logs_stand_side_by_side(log, capfd, tmp_path):
    (tmp_path / "b.txt").write_text(KERAS_3)
    assert main(["read", log, "b.txt"]) == 0
    out = capfd.readouterr().out
    assert "side by side" in out
    assert sum(line.startswith(("log.csv ", "b.txt ")) for line in out.splitlines()) == 2


def test_rows_give_the_sampling_error_of_accuracy(tmp_path, capfd):
    lines = "".join(f"{i},0.9,{0.8 + i / 100}\n" for i in range(9))
    (tmp_path / "log.csv").write_text("epoch,accuracy,val_accuracy\n" + lines)
    assert main(["read", "--rows", "200", str(tmp_path / "log.csv")]) == 0
    told = " ".join(capfd.readouterr().out.split())
    assert "best val_accuracy on 200 rows: 95 % interval 0.828 to" in told


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "expected a log"),
        (["none.csv"], "no file or folder none.csv"),
        (["--format", "html", "log.csv"], "unknown format 'html'"),
        (["--rows", "0", "log.csv"], "invalid value for '--rows'"),
        (["-o", "none/out.md", "log.csv"], "there is no folder"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(args, message, log, capfd):
    assert main(["read", *args]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def _run(*args, **more):
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, check=False, **more
    )


@pytest.mark.parametrize("form", ["full", "json", "markdown"])
def test_nothing_heavy_is_loaded(form, log):
    code = (
        "import sys; from valgap.cli.main import main; status = main(sys.argv[1:])\n"
        "print('MODULES', *sys.modules); sys.exit(status)"
    )
    done = _run("-c", code, "read", "--format", form, log)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.rpartition("MODULES ")[2].split()) & HEAVY


def test_tensorboard_events_are_read_without_tensorflow(tmp_path):
    pytest.importorskip("tensorboard")
    from logs_made import event_file

    (tmp_path / "events").write_bytes(event_file({"loss": [0.5, 0.4], "val_loss": [0.5, 0.4]}))
    code = (
        "import sys; from valgap.cli.main import main; status = main(sys.argv[1:])\n"
        "sys.exit(status or 'tensorflow' in sys.modules)"
    )
    assert _run("-c", code, "read", str(tmp_path / "events")).returncode == 0


def test_a_closed_pipe_is_a_quiet_end(log):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "valgap", "read", log]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def _console(megabytes):
    bar = "".join(f"\r{k}/40 {LINE} 0s 4ms/step - loss: 0.5" + "\b" * 40 for k in range(1, 40))
    last = f"\r40/40 {LINE} 0s 4ms/step - loss: 0.5 - val_loss: 0.6\n"
    size = len((bar + last).encode())
    return (f"Epoch {i}/9999999\n{bar}{last}" for i in range(1, (megabytes << 20) // size))


def _table(megabytes):
    yield "epoch,loss,val_loss\n"
    yield from (f"{i},0.1234567890,0.12345678\n" for i in range(megabytes * 35_000))


@pytest.mark.parametrize("made", [_console, _table])
def test_a_long_log_is_read_as_a_stream(made, tmp_path):
    peaks = []
    for megabytes in (1, 12):
        path = tmp_path / f"{megabytes}.log"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(made(megabytes))
        code = (
            "import resource, sys; from valgap.cli.main import main; main(sys.argv[1:])\n"
            "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        done = _run("-c", code, "read", str(path))
        assert "side by side" not in done.stdout
        peaks.append(int(done.stdout.rpartition("PEAK ")[2]))
    assert peaks[1] - peaks[0] < 30 << 10  # KB: more than a third of the file would be held
