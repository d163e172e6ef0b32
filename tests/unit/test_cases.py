"""The five systems: their scripts are there, and answers follow what was found."""

import dataclasses
import io
import re

import pytest
from rich.console import Console

from valgap.cases.answering import UNANSWERED, write_answer
from valgap.cases.system import examples, systems
from valgap.cases.told import Told
from valgap.cli.demo import CASES
from valgap.finding import Diagnosis, Expected, Experiment, Finding, Observed

SYSTEMS = systems()
MAIN = {
    "overfit-sequences": "MOD105",
    "plateau-attention": "MOD111",
    "coin-toss-defects": "FIT105",
    "diverging-confidence": "MOD108",
    "volatile-frames": "MOD106",
}
each = pytest.mark.parametrize("system", SYSTEMS.values(), ids=lambda s: s.name)


def finding(code, status="confirmed", experiment=None):
    return Finding(
        code, code.lower(), code[:3], "error", status, f"what {code} says", Observed(1.0, "x"),
        Expected("<", 1.0, "source"), experiment=experiment,
    )  # fmt: skip


def answered(system, *findings):
    page = io.StringIO()
    write_answer(system, Diagnosis(tuple(findings)), Console(file=page, width=100))
    return re.sub(r"\s+", " ", page.getvalue())


def test_the_names_are_those_of_the_command():
    assert set(SYSTEMS) == set(CASES)


@each
def test_the_script_is_there_and_knows_nothing_of_valgap(system):
    text = system.path.read_text(encoding="utf-8")
    assert "valgap" not in text
    assert "--fixed" in text


@pytest.mark.parametrize(
    "maker", sorted((examples() / "planted").glob("*.py")), ids=lambda p: p.stem
)
def test_makers_know_nothing_of_valgap(maker):
    assert "import valgap" not in maker.read_text(encoding="utf-8")


@each
def test_what_was_found_is_the_answer_with_its_words(system):
    told = answered(system, finding(MAIN[system.name]))
    assert system.question.split()[0] in told
    assert f"what {MAIN[system.name]} says" in told
    assert "already tried" in told
    assert UNANSWERED not in told


@each
def test_without_a_cause_none_is_made_up(system):
    told = answered(system)
    assert UNANSWERED in told
    assert "already tried" not in told


def test_a_lag_of_the_first_epochs_alone_is_not_what_makes_validation_jump():
    early = dataclasses.replace(finding("MOD106"), severity="note")
    told = answered(SYSTEMS["volatile-frames"], early, finding("CUR101"))
    assert "what jumps is the yardstick" not in told
    assert "that holds here" in told


@each
def test_a_refuted_cause_is_no_answer(system):
    assert UNANSWERED in answered(system, finding(MAIN[system.name], status="refuted"))


@pytest.mark.parametrize("name", ["volatile-frames", "diverging-confidence", "plateau-attention"])
def test_where_it_is_overfitting_that_is_said(name):
    told = answered(SYSTEMS[name], finding("CUR101"))
    assert "what CUR101 says" in told
    assert f"what {MAIN[name]} says" not in told


def test_the_answer_given_to_case_4_holds_only_where_it_overfits():
    volatile = SYSTEMS["volatile-frames"]
    assert "that holds here" in answered(volatile, finding("CUR101"))
    assert "not what makes it jump" in answered(volatile, finding("MOD106"))


def test_a_line_says_how_it_was_proved():
    made = Experiment(
        "rate-lowered", "rate", "rest", 6, 0.4, 0.3, 0.5, 9.0, ("more-epochs",), of="fits"
    )
    told = Told(Diagnosis((finding("FIT101", experiment=made), finding("MOD109", "refuted"))))
    line = (
        "rate-lowered changes it by 0.400 (0.300 to 0.500, 6 pairs of fits); more-epochs excluded"
    )
    assert told.line("FIT101") == f"what FIT101 says [FIT101, confirmed: {line}]"
    assert told.line("MOD109") == ""
