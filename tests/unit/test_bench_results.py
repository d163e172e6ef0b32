"""`bench/RESULTS.md`: what was printed stands there with its origin, what was not is named."""

import dataclasses
import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import everything

BENCH = Path(__file__).parents[2] / "bench"
MADE = everything.Made("a table", "python bench/logs.py", "2026-11-27", "a cpu, 2 cores", "x 1", 0)


@pytest.fixture
def printed(tmp_path, monkeypatch):
    monkeypatch.setattr(everything, "PRINTED", tmp_path)
    (tmp_path / "logs.json").write_text(json.dumps(dataclasses.asdict(MADE)))


@pytest.mark.usefixtures("printed")
def test_what_was_run_stands_there_and_what_was_not_is_named():
    page = everything.page()
    assert "## logs" in page
    assert "a table" in page
    assert "2026-11-27; a cpu, 2 cores; x 1. Not covered: " in page
    missing = page.partition("## Not run yet")[2]
    assert set(re.findall(r"^- ([a-z-]+): ", missing, re.MULTILINE)) == {
        name for name in everything.BENCHES if name != "logs"
    }


def test_every_bench_is_there_to_be_run_and_the_page_is_of_what_is_kept():
    assert all((BENCH / bench.script).is_file() for bench in everything.BENCHES.values())
    assert (BENCH / "RESULTS.md").read_text("utf-8") == everything.page()


def test_no_machine_is_named():
    told = everything.machine()
    assert "cores" in told
    assert "/" not in told.replace("/proc", "")
