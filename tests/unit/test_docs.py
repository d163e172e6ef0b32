"""The pages in docs/ that are made from the code are those that the code makes."""

import importlib.util
from pathlib import Path

import pytest

from valgap.cli.checks import pages

DOCS = Path(__file__).parents[2] / "docs"


def catalogue():
    spec = importlib.util.spec_from_file_location("catalogue", DOCS / "catalogue.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = catalogue().PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_in_the_docs_are_those_of_the_code(name):
    kept = (DOCS / name).read_text(encoding="utf-8")
    assert kept == PAGES[name](), "write them again: make docs"


def test_the_command_gives_the_page_of_the_checks():
    assert PAGES["checks.md"] is pages


def test_a_check_stands_in_the_table_of_its_family_and_below_it():
    text = pages()
    row = "| [MOD106 batchnorm-statistics-lag](#mod106-batchnorm-statistics-lag) | error | "
    assert text.index("## Model (MOD)") < text.index(row) < text.index("## Fit (FIT)")
    assert text.index(row) < text.index("### MOD106 batchnorm-statistics-lag")


def test_placebos_stand_apart_from_remedies():
    text = PAGES["remedies.md"]()
    assert text.index("### weight-decay") < text.index("## Placebos")
    assert text.index("## Placebos") < text.index("### placebo-order")
