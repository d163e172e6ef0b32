"""The pages of the five cases say what is kept in bench/results, and answer what was asked."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from casework.markdown import linked, table
from casework.over_seeds import of_real_data, over_seeds
from casework.pages import TITLES, Seen, composed, page
from casework.script import what_is_fixed

from valgap.cases.system import systems
from valgap.registry import diagnose

ROOT = Path(__file__).parents[2]
SYSTEMS = systems()
each = pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)


def kept(system) -> str:
    return (ROOT / "docs" / "cases" / f"{system.name}.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    return re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=\n\n## |\Z)", text, re.S | re.M).group(1)


def test_every_case_has_a_title():
    assert set(TITLES) == set(SYSTEMS)


@each
def test_a_page_is_what_its_maker_makes_of_its_tables(system):
    text = kept(system)
    changed = section(text, "What was changed, and what it brought").split("\n\n")
    seen = Seen(
        section(text, "The answer"),
        section(text, "What was seen"),
        section(text, "The gap of the loss, last epoch").partition("\n\n")[0],
        section(text, "What was found"),
        changed[1],
        "\n\n".join(changed[2:]),
    )
    plain = Seen(*(unlinked(getattr(seen, name)) for name in Seen.__slots__))
    assert composed(system, plain) == text


def unlinked(text: str) -> str:
    return re.sub(r"\[(\w+)\]\(\.\./checks\.md[^)]*\)", r"\1", text)


def test_a_page_is_made_of_the_folders_of_two_runs(
    tmp_path, monkeypatch, make_run, lagging_case, written
):
    runs = {"posted": make_run(lagging_case()), "fixed": make_run(lagging_case(closes={}, rows={}))}
    for side, run in runs.items():
        (tmp_path / side / ".valgap" / "runs" / "one").mkdir(parents=True)
        report = written("json", run, diagnose(run))
        (tmp_path / side / "report.json").write_text(report, encoding="utf-8")
    monkeypatch.setattr("casework.pages.load_run", lambda _: runs["posted"])
    text = page(SYSTEMS["volatile-frames"], tmp_path / "posted", tmp_path / "fixed")
    assert "batch-norm statistics lag" in section(text, "The answer")
    assert "| val_loss | 1.07 |" in section(text, "What was seen")
    assert "| batch-statistics | +2.400 |" in section(text, "The gap of the loss, last epoch")
    assert "[MOD106](../checks.md#" in section(text, "What was found")
    assert "| last epoch | as posted | fixed |" in section(
        text, "What was changed, and what it brought"
    )


@each
def test_a_page_answers_what_was_asked_and_says_why_what_was_tried_could_not_help(system):
    text = kept(system)
    assert f"> {system.question}" in text
    answer = section(text, "The answer")
    assert "### What was tried already" in answer
    assert len(answer.partition("###")[0].split()) > 40
    assert re.search(r"\[\w{3}\d{3}\]\(", answer), "the answer rests on no finding"


@each
def test_what_is_said_of_seeds_and_of_real_data_is_what_is_kept(system):
    text = kept(system)
    assert linked(over_seeds(system.name)) == section(text, "Over seeds")
    assert linked(of_real_data(system.name)) == section(text, "On real data")


def test_facts_that_were_not_found_on_real_data_are_told_of():
    assert "not told of: EVL104, FIT113 (seed 0)" in of_real_data("diverging-confidence")
    assert "MOD111 stands first and is confirmed in 3." in over_seeds("plateau-attention")


def test_a_script_that_does_not_say_what_it_fixes_is_refused(tmp_path):
    script = tmp_path / "silent.py"
    script.write_text('"""A script."""\n')
    with pytest.raises(ValueError, match=r"silent\.py"):
        what_is_fixed(script)


def test_codes_lead_to_their_checks_but_not_within_code():
    assert linked("`MOD106` MOD106") == (
        "`MOD106` [MOD106](../checks.md#mod106-batchnorm-statistics-lag)"
    )
    assert linked("MOD999") == "MOD999"


def test_a_table_has_its_head_apart():
    assert table([["a", "b"], ["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |"
