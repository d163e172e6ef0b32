"""The pages in docs/ are those that `valgap explain` shows."""

from pathlib import Path

from valgap.cli.checks import pages

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_pages_in_the_docs_are_those_of_the_checks():
    assert DOCS.read_text(encoding="utf-8") == pages(), "write them again: make docs"
