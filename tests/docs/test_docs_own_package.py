"""The package of the page on own checks does what the page says, within valgap."""

from __future__ import annotations

import pytest
from blocks import PAGES, ROOT, blocks
from playing import called, write_files

from valgap.registry import load_checks

TRIED = f"""
import io, sys
sys.path.insert(0, {str(ROOT / "tests")!r})
from conftest import stored
from rich.console import Console
from acme_checks.halve_batches import halve_batches
from acme_checks.stops_by_training_loss import stops_by_training_loss as check
from valgap.observe.recipe import Recipe, Rows
from valgap.registry import diagnose
from valgap.remedies.base import CannotVaryError, load_remedies
from valgap.report.formats import write_report

run, healthy = stored(check.fires_on()), stored(check.silent_on())
print("found", [f.code for f in diagnose(run).findings if f.code == "FIT901"])
print("silent", [f.code for f in diagnose(healthy).findings if f.code == "FIT901"])
text = io.StringIO()
write_report("csv", run, diagnose(run), Console(file=text))
print("csv", "FIT901,warning,confirmed," in text.getvalue())
print("races", [r.name for r in load_remedies() if "FIT901" in r.treats])
rows = Rows(None, None)
recipe = Recipe("", None, {{}}, None, None, None, None, rows, rows, 33, 1)
print("halved", halve_batches.vary(recipe, "").batch_size, recipe.batch_size)
try:
    halve_batches.vary(Recipe("", None, {{}}, None, None, None, None, rows, rows, 1, 1), "")
except CannotVaryError as error:
    print("refused", error)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the page's package, as if installed."""
    folder = tmp_path_factory.mktemp("own")
    write_files(blocks(PAGES["docs/howto/own-checks.md"].read_text("utf-8")), folder)
    return folder


def test_check_report_and_remedy_of_the_page_work_within_valgap(installed):
    (installed / "tried.py").write_text(TRIED)
    ended = called(("python", "tried.py"), installed)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "found ['FIT901']",
        "silent []",
        "csv True",
        "races ['halve-batches']",
        "halved 16 33",
        "refused batches are of one row already",
    ]


def test_a_check_that_cannot_be_loaded_is_said_not_to_be_run(installed, tmp_path):
    write_files(blocks(PAGES["docs/howto/own-checks.md"].read_text("utf-8")), tmp_path)
    (tmp_path / "acme_checks" / "stops_by_training_loss.py").write_text(
        "import nothing_of_the_kind"
    )
    (tmp_path / "tried.py").write_text(
        f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r})\n"
        "from conftest import example_case, stored\n"
        "from valgap.registry import diagnose\n"
        "print([n.reason for n in diagnose(stored(example_case())).not_run if 'acme' in n.reason])"
    )
    ended = called(("python", "tried.py"), tmp_path)
    assert ended.stdout == "['acme_checks.stops_by_training_loss could not be loaded']\n"


def test_the_code_of_the_page_is_free():
    assert "FIT901" not in {check.code for check in load_checks()}
