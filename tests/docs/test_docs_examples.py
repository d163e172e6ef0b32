"""The examples of the docs do what their pages say."""

from __future__ import annotations

import pytest
from blocks import PAGES, Block, blocks
from playing import as_script, enter, play

PLAYED = [n for n, p in PAGES.items() if any(b.is_run for b in blocks(p.read_text("utf-8")))]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAYED)
def test_the_examples_of_a_page_run(name, tmp_path):
    play(PAGES[name].read_text(encoding="utf-8"), tmp_path)


def test_the_how_to_pages_with_code_are_among_them():
    expected = {"notebook", "data", "audit", "ci", "logs", "own-checks"}
    assert {f"docs/howto/{name}.md" for name in expected} <= set(PLAYED)


def test_an_example_that_fails_is_a_failure(tmp_path):
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        play("\n\n```python\n1 / 0\n```\n", tmp_path)


def test_an_example_that_is_not_run_says_why():
    said = [b.said for p in PAGES.values() for b in blocks(p.read_text("utf-8")) if b.said]
    assert said
    assert all(s == "run" or s.startswith("not run: ") for s in said)


@pytest.fixture
def said(tmp_path):
    """A folder with a script that prints a line and ends with status 2."""
    (tmp_path / "say.py").write_text("print('hello')\nraise SystemExit(2)\n")
    return tmp_path


def test_a_command_that_prints_something_else_is_a_failure(said):
    shown = "$ python say.py\nhello\n"
    enter(Block(1, "console", shown, "run"), said)
    with pytest.raises(AssertionError, match="not printed: 'good bye'"):
        enter(Block(1, "console", shown.replace("hello", "good bye"), "run"), said)


def test_the_exit_status_is_part_of_an_example(said):
    shown = "$ python say.py\n$ echo $?\n2\n"
    enter(Block(1, "console", shown, "run"), said)
    with pytest.raises(AssertionError, match="not printed: '0'"):
        enter(Block(1, "console", shown.replace("2", "0"), "run"), said)


def test_code_stands_on_the_lines_it_has_in_the_page():
    page = "# A page\n\n```python\na = 1\n```\n\ntext\n\n```python\nassert a == 1\n```\n"
    assert as_script(blocks(page)).splitlines()[9] == page.splitlines()[9] == "assert a == 1"
