"""Markdown, SARIF and annotations: forms that other programs read."""

import dataclasses
import json
import re

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Sarif

from valgap.checks.example_case import example_case
from valgap.evidence.records import Location
from valgap.ranking import stands
from valgap.registry import diagnose

HOSTILE = "a|b `c` <script>alert(1)</script> *d* [e](f)\n::error::g"


@pytest.fixture
def told(make_run, written, lagging_case):
    """A run in a form, with the findings that it was told from."""

    def drawn(form, case=None, **changes):
        run = make_run(case or lagging_case())
        found = diagnose(run)
        first = dataclasses.replace(found.findings[0], **changes)
        found = dataclasses.replace(found, findings=(first, *found.findings[1:]))
        return written(form, run, found), found

    return drawn


def test_sarif_holds_to_the_schema_and_has_a_result_for_each_standing_finding(told):
    text, found = told("sarif")
    Sarif.model_validate(json.loads(text))
    results = json.loads(text)["runs"][0]["results"]
    assert [r["ruleId"] for r in results] == [f.code for f in found.findings if stands(f)]
    assert results[0]["level"] == "error"
    where = results[0]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "train.py"
    assert where["region"]["startLine"] == 41


def test_sarif_leaves_out_what_was_let_go(told):
    text, _ = told("sarif", status="refuted")
    assert "MOD106" not in [r["ruleId"] for r in json.loads(text)["runs"][0]["results"]]


def test_rules_of_sarif_are_those_that_fired_and_results_point_at_them(told):
    made = json.loads(told("sarif")[0])["runs"][0]
    rules = made["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in made["results"])
    assert len(rules) == len({r["ruleId"] for r in made["results"]})


@pytest.mark.parametrize("file", ["/home/u/a b/<x>.py", "s\u00e9ries/tr ain.py", 'a"b.py'])
def test_sarif_takes_any_path(told, file):
    text, _ = told("sarif", location=Location(file, 3, "fit"))
    Sarif.model_validate(json.loads(text))
    uri = json.loads(text)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert re.fullmatch(r"[!-~]+", uri["artifactLocation"]["uri"])


def test_a_healthy_run_has_sarif_without_errors(make_run, written):
    run = make_run(example_case())
    text = written("sarif", run, diagnose(run))
    Sarif.model_validate(json.loads(text))
    assert {r["level"] for r in json.loads(text)["runs"][0]["results"]} <= {"note"}


def test_annotations_are_one_line_each_with_file_and_line(told):
    text, found = told("github")
    lines = text.splitlines()
    assert len(lines) == 1 + sum(map(stands, found.findings))
    assert lines[0].startswith("::error file=train.py,line=41,title=valgap MOD106 ")


def test_annotations_cannot_be_broken_out_of(told):
    text, found = told("github", message=HOSTILE, location=Location("a,b:c\n.py", 2, "fit"))
    lines = text.splitlines()
    assert len(lines) == 1 + sum(map(stands, found.findings))
    assert "file=a%2Cb%3Ac%0A.py,line=2" in lines[0]


def test_markdown_has_the_findings_and_the_ledger_as_a_table(told):
    text, _ = told("markdown")
    assert text.startswith("## valgap: batch-norm statistics lag")
    assert "- **error MOD106**" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count(" | ") for line in rows}) == 1
    assert any(line.startswith("| batch-statistics | +") for line in rows)


def test_markdown_shows_text_as_it_is(told):
    text, _ = told("markdown", message=HOSTILE)
    assert "<script>" not in text
    assert r"a\|b \`c\` &lt;script&gt;" in text
    assert "::error::g" in text.split("MOD106")[1].splitlines()[0]
