"""Commands, links, pictures, codes, paths and settings that the docs name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import DOCS, PAGES, Block, blocks, commands, inline, prose
from looking import of_codes, of_command, of_inline, of_links, of_path, of_python

from valgap.config import read_config

each = pytest.mark.parametrize("name", PAGES)
# The page on own checks makes one; nobody else may name it.
OWN = {"docs/howto/own-checks.md": frozenset({"FIT901"})}


def text_of(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


def own_of(name: str) -> frozenset[str]:
    return OWN.get(name, frozenset())


@each
def test_every_command_can_be_given(name):
    found = {c: list(of_command(c, own_of(name))) for c in commands(text_of(name))}
    assert {c: wrong for c, wrong in found.items() if wrong} == {}


@each
def test_commands_and_paths_within_the_text_are_there(name):
    found = {c: list(of_inline(c)) for c in inline(text_of(name))}
    assert {c: wrong for c, wrong in found.items() if wrong} == {}


@each
def test_every_link_and_picture_leads_somewhere(name):
    assert list(of_links(prose(text_of(name)), PAGES[name])) == []


@each
def test_every_code_is_that_of_a_check(name):
    assert list(of_codes(text_of(name), own_of(name))) == []


@each
def test_python_uses_what_valgap_has(name):
    python = [b for b in blocks(text_of(name)) if b.language == "python"]
    assert [wrong for block in python for wrong in of_python(block)] == []


@each
def test_settings_are_such_that_valgap_takes_them(name, tmp_path):
    for block in blocks(text_of(name)):
        if block.language == "toml" and "[tool.valgap" in block.text:
            (tmp_path / "pyproject.toml").write_text(block.text)
            assert read_config(tmp_path) != read_config(DOCS)


def test_the_readme_leads_to_the_docs():
    assert "](docs/index.md)" in text_of("README.md")
    assert "make docs" in text_of("README.md")


def test_every_page_is_in_the_contents_of_the_site():
    listed = set(re.findall(r"[\w./-]+\.md", (DOCS.parent / "mkdocs.yml").read_text("utf-8")))
    assert listed == {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("valgap runn train.py", "no command runn"),
        ("valgap treat --trails 3", "treat: No such option"),
        ("valgap confirm --budget 3", "confirm: Invalid value for '--budget'"),
        ("valgap report --format xml", "report: no format xml"),
        ("valgap explain MOD999", "no check MOD999"),
        ("python bench/nothing.py", "no script bench/nothing.py"),
        ("python bench/cases.py --seed 3", "bench/cases.py has no --seed"),
        ("make tea", "no target tea"),
        ("pip install 'valgap[abacus]'", "no extra abacus"),
    ],
)
def test_a_wrong_command_is_told(command, wrong):
    assert any(told.startswith(wrong) for told in of_command(command)), list(of_command(command))


def test_a_right_command_is_let_pass():
    for command in ("valgap run train.py --epochs 20   # its own", "valgap view", "make test"):
        assert list(of_command(command)) == []


def test_wrong_names_within_text_are_told(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A page\n")
    assert list(of_inline("valgap confirm --pairs 3")) == ["confirm has no --pairs"]
    assert list(of_path("bench/nothing.py")) == ["no file bench/nothing.py"]
    assert list(of_codes("MOD106 and MOD999", frozenset())) == ["no check MOD999"]
    assert list(of_links("[a](b.md) [c](#a-page) [d](#none)", page)) == [
        "no file b.md",
        "no place #none",
    ]


def test_wrong_arguments_in_python_are_told():
    block = Block(1, "python", "import valgap\nvalgap.treat(run, budgets='1m')\nvalgap.cure(run)\n")
    assert sorted(of_python(block)) == ["no valgap.cure", "valgap.treat takes no budgets"]


def test_commands_are_found_wherever_they_stand():
    console, ci = "```console\n$ valgap view\nout\n```\n", "```yaml\n- run: make test\n```\n"
    page = f"{console}\n    valgap read \\\n    log.csv\n\n{ci}"
    assert list(commands(page)) == ["valgap view", "make test", "valgap read      log.csv"]


def test_pages_hold_commands_at_all():
    assert sum(len(list(commands(text_of(name)))) for name in PAGES) > 60
    assert Path(PAGES["README.md"]).name == "README.md"
