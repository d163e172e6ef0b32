"""What every remedy promises, over the whole registry."""

import inspect
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from promises import assert_documented, assert_named_as_its_file

from valgap.registry import load_checks
from valgap.remedies.base import (
    CannotVaryError,
    broken_remedies,
    load_remedies,
    remedied,
    remedies_for,
    remedy,
)
from valgap.treatment.unraced import BY_GROUPS, BY_PROTOCOL, OF_THE_AUTHOR

REMEDIES = load_remedies()
NAMES = {r.name for r in REMEDIES}
CODES = {check.code for check in load_checks()}
SECTIONS = ("What it changes:", "When it helps:", "What it can harm:", "References:")
CHECKS = Path(__file__).parents[1] / "src/valgap/checks"
each_remedy = pytest.mark.parametrize("one", REMEDIES, ids=lambda r: r.name)


@each_remedy
def test_a_name_is_kebab_case_and_that_of_its_own_file(one):
    assert_named_as_its_file(one.name, one.vary)


@each_remedy
def test_the_documentation_has_its_sections_in_order(one):
    assert_documented(one.doc, SECTIONS)


@each_remedy
def test_it_treats_findings_of_known_checks(one):
    assert set(one.treats) <= CODES
    assert len(set(one.treats)) == len(one.treats)
    assert bool(one.treats) is not one.placebo


@each_remedy
def test_what_it_changes_is_said_in_a_line(one):
    assert 0 < len(one.changed) < 80
    assert one.room in ("model", "data", "compile", "fit")
    assert one.costs > 0
    assert 0 <= one.holds_out < 0.5


@each_remedy
def test_options_are_distinct_and_fit_into_the_name_of_an_arm(one):
    assert one.options
    assert len(set(one.options)) == len(one.options)
    assert all(":" not in option for option in one.options)
    assert all(arm.partition(":")[0] == one.name for arm in one.arms)


@each_remedy
def test_it_is_not_combined_with_others_that_there_are(one):
    assert {*one.contains, *one.excludes} <= NAMES - {one.name}
    assert not {*one.also} & NAMES or one.name.startswith("augmentation")


def test_there_are_four_placebos_or_more():
    assert sum(r.placebo for r in REMEDIES) >= 4
    assert all(r.name.startswith("placebo-") is r.placebo for r in REMEDIES)


def test_flips_and_features_left_out_take_knowledge_of_the_data():
    assert [r.name for r in REMEDIES if not r.safe] == ["augmentation-by-flips", "drop-feature"]


def test_a_name_that_a_finding_gives_leads_to_a_remedy_or_is_known_to_lead_to_none():
    told = {
        name
        for file in CHECKS.rglob("*.py")
        for held in re.findall(r"(?:remedies=|REMEDIES = )\(([^)]*)\)", file.read_text("utf-8"))
        for name in re.findall(r'"([a-z0-9-]+)"', held)
    }
    led_nowhere = {name for name in told if not remedies_for(name)}
    known = {*BY_PROTOCOL, *BY_GROUPS, *OF_THE_AUTHOR}
    assert led_nowhere == known & told
    assert not {name for name in known if remedies_for(name)}
    assert set(OF_THE_AUTHOR) <= told
    assert "global-pooling" in told


def test_a_name_may_lead_to_several():
    assert {r.name for r in remedies_for("augmentation")} > {"augmentation"}
    assert remedies_for("no-such-name") == ()


def test_the_registry_loads_without_keras():
    code = (
        "import sys; from valgap.remedies.base import load_remedies; load_remedies();"
        "print([m for m in ('keras', 'tensorflow', 'sklearn', 'scipy') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_unknown_remedy_is_refused_and_another_meant():
    with pytest.raises(CannotVaryError, match="did you mean global-pooling"):
        remedied(None, ["global-poling"])


@pytest.mark.parametrize(
    "arms",
    [
        ("no-penalties", "no-activity-penalty"),
        ("smaller-model:0.5", "larger-model:2"),
        ("adam", "adam"),
    ],
)
def test_what_contains_or_contradicts_another_is_not_combined(arms):
    with pytest.raises(CannotVaryError, match="does not go with"):
        remedied(None, arms)


def test_remedies_of_others_are_loaded_and_a_broken_one_is_told_of(monkeypatch):
    def entries(group):
        assert group == "valgap.remedies"
        return [EntryPoint("theirs", "no_such_module", group)]

    monkeypatch.setattr("valgap.remedies.base.entry_points", entries)
    load_remedies.cache_clear()
    assert {r.name for r in load_remedies()} == NAMES
    assert "ModuleNotFoundError" in broken_remedies()["theirs"]


def test_a_name_is_taken_once():
    def global_pooling(recipe, option):
        return recipe

    with pytest.raises(ValueError, match="is taken by"):
        remedy(name="global-pooling", treats=(), room="model", changed="x")(global_pooling)


def test_no_file_is_long():
    for one in REMEDIES:
        assert len(Path(inspect.getfile(one.vary)).read_text("utf-8").splitlines()) <= 130
