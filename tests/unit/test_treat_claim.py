"""One process at a time works in a folder of studies; one that was killed is not in the way."""

from __future__ import annotations

import subprocess
import sys

import pytest

from valgap.errors import UsageError
from valgap.treatment.claim import claimed

HOLD = (
    "import sys, time; from pathlib import Path; from valgap.treatment.claim import claimed\n"
    "with claimed(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(600)\n"
)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_told_who_holds_the_folder(tmp_path, holder):
    with (
        pytest.raises(UsageError, match=rf"going on \(process {holder.pid}\): wait for its end"),
        claimed(tmp_path),
    ):
        pass
    assert holder.poll() is None


def test_what_a_killed_process_held_is_free(tmp_path, holder):
    holder.kill()
    holder.wait()
    with claimed(tmp_path):
        assert (tmp_path / ".lock").exists()


def test_a_folder_is_free_again_once_it_is_let_go(tmp_path):
    for _ in range(2):
        with claimed(tmp_path / "not there yet"):
            pass


def test_a_folder_is_held_against_its_own_process_too(tmp_path):
    with claimed(tmp_path), pytest.raises(UsageError, match="another study"), claimed(tmp_path):
        pass
