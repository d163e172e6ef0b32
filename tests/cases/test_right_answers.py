"""The answers differ where the data differ: where the posted answer is right, valgap says so.

Each script of `right/` is one of the five systems without what was planted in it, and with what its
author, or whoever answered, took for the cause. They take four minutes:
they are part of `make test-all`.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from watched import EXAMPLES, watch

from valgap.cases.answering import write_answer
from valgap.cases.system import systems
from valgap.evidence.store import load_run
from valgap.registry import diagnose

pytestmark = pytest.mark.long

# By script: the system, the cause that was planted there and is not here, and what is said.
RIGHT = {
    "sequences": ("overfit-sequences", "MOD105", "classic overfitting holds"),
    "series": ("plateau-attention", "MOD111", "Penalties are right"),
    "defects": ("coin-toss-defects", "FIT105", "That it overfits holds"),
    "pictures": ("diverging-confidence", "MOD108", "restore_best_weights=True is right"),
    "frames": ("volatile-frames", "MOD106", "Too much capacity and too little data: that holds"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_an_answer_that_is_right_is_said_to_be(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, planted, told = RIGHT[name]
    monkeypatch.setenv("PYTHONPATH", str(EXAMPLES))
    script = Path(__file__).parent / "right" / f"{name}.py"
    report = watch(script, "3", folder=tmp_path, budget="0s")
    against = [f["code"] for f in report.findings if f["severity"] != "note"]
    assert planted not in against
    assert "CUR101" in against
    (folder,) = (tmp_path / ".valgap" / "runs").iterdir()
    page = io.StringIO()
    console = Console(file=page, width=100)
    write_answer(systems()[case], diagnose(load_run(folder)), console)
    assert told in " ".join(page.getvalue().split())
