"""The registry: checks are registered, run, ranked, and never crash a run."""

import dataclasses
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from valgap import registry
from valgap.evidence.records import (
    DataRecord,
    EnvironmentRecord,
    FitRecord,
    ModelRecord,
    RunRecord,
    TargetRecord,
)
from valgap.evidence.store import StoredRun
from valgap.finding import Expected, Experiment, Finding, NotRun, Observed
from valgap.ranking import HEALTHY, ranked, summary
from valgap.registry import Case, check, diagnose, load_checks, run_check

FIT = FitRecord(
    0, None, None, ModelRecord("m", "Sequential", 3), DataRecord("train", "numpy"), None
)
RUN = RunRecord("r", 1, "", TargetRecord("a.py"), EnvironmentRecord("3.11", "Linux", 2))


def a_case():
    return Case(FIT, None)


def finding(code, status="confirmed", severity="warning", size=0.0, fit=0, **more):
    family = code[:3]
    judged = Observed(1.0, "val_loss"), Expected("<", 2.0, "measured")
    return Finding(code, code, family, severity, status, "m", *judged, fit=fit, size=size, **more)


@pytest.fixture
def alone(monkeypatch):
    """Only the checks that a test registers."""
    monkeypatch.setattr(registry, "_checks", {})
    monkeypatch.setattr(registry, "_broken", {})
    monkeypatch.setattr(registry.pkgutil, "walk_packages", lambda *a, **k: [])
    monkeypatch.setattr(registry, "entry_points", lambda group: [])


def register(code, look, **changes):
    settings = {"family": "DAT", "severity": "note", "fires_on": a_case, "silent_on": a_case}
    return check(code=code, name=f"name-of-{code.lower()}", **settings | changes)(look)


def codes(findings):
    return [f.code for f in findings]


def a_run(*fits):
    return StoredRun(Path("r"), RUN, fits or (FIT,))


def test_a_check_is_called_like_its_function_and_knows_its_documentation(alone):
    def look(case):
        """Rows.

        More.
        """
        return [finding("DAT901")]

    made = register("DAT901", look)
    assert codes(made(a_case())) == ["DAT901"]
    assert (made.summary, made.doc) == ("Rows.", "Rows.\n\nMore.")


def test_a_finding_takes_from_its_check_what_it_does_not_tell(alone):
    made = register("DAT901", lambda case: ())
    told = made.finding(
        a_case(), status="harmless", message="x", observed=None, expected=None, severity="error"
    )
    assert (told.code, told.name, told.severity) == ("DAT901", "name-of-dat901", "error")


def test_a_check_that_crashes_is_not_run_and_keeps_its_traceback(alone):
    register("DAT901", lambda case: 1 / 0)
    (told,) = diagnose(a_run()).not_run
    assert told.reason == "the check failed: ZeroDivisionError: division by zero"
    assert "Traceback" in told.detail


def test_a_check_that_crashes_on_its_way_is_not_run(alone):
    def look(case):
        yield finding("DAT901")
        raise ValueError("two\nlines")

    told = run_check(register("DAT901", look), a_case())
    assert told.reason == "the check failed: ValueError: two"


def test_a_check_without_its_evidence_is_not_run_with_the_reason(alone):
    register("DAT901", lambda case: 1 / 0, needs=("validation",))
    told = diagnose(a_run())
    assert told.not_run == (NotRun("DAT901", "the fit has no validation data"),)
    assert told.passed == ()


def test_a_check_that_finds_nothing_has_passed(alone):
    register("DAT901", lambda case: ())
    register("DAT902", lambda case: [finding("DAT902")])
    assert diagnose(a_run()).passed == ("DAT901",)


def test_a_code_that_fires_on_one_fit_of_two_has_not_passed(alone):
    register("DAT901", lambda case: [finding("DAT901", fit=case.fit.id)] * case.fit.id)
    told = diagnose(a_run(FIT, dataclasses.replace(FIT, id=1)))
    assert (told.passed, codes(told.findings)) == ((), ["DAT901"])


def test_a_check_after_all_sees_what_the_others_found_and_what_could_not_be_made(alone):
    seen = []
    register("CUR900", lambda case: seen.append(case) or (), after_all=True)
    register("DAT901", lambda case: [finding("DAT901")])
    register("DAT902", lambda case: (), needs=("ledger",))
    diagnose(a_run())
    assert [(codes(c.findings), codes(c.not_run), c.made) for c in seen] == [
        (["DAT901"], ["DAT902"], 1)
    ]


@pytest.mark.parametrize("text", ["DAT", "dat901", "name-of-dat901"])
def test_checks_are_chosen_by_code_start_of_a_code_or_name(alone, text):
    register("DAT901", lambda case: [finding("DAT901")])
    register("MOD901", lambda case: [finding("MOD901")], family="MOD")
    assert codes(diagnose(a_run(), select=[text]).findings) == ["DAT901"]
    assert codes(diagnose(a_run(), ignore={text: "ours"}).findings) == ["MOD901"]


def test_a_fault_that_is_ignored_is_still_known_to_a_check_after_all(alone):
    register("DAT901", lambda case: [finding("DAT901")])
    healthy = lambda case: () if case.findings else [finding("CUR900")]  # noqa: E731
    register("CUR900", healthy, family="CUR", after_all=True)
    told = diagnose(a_run(), ignore={"DAT901": "copies on purpose"})
    assert told.findings == ()
    assert [(i.code, i.reason) for i in told.ignored] == [("DAT901", "copies on purpose")]
    assert diagnose(a_run(), select=["CUR900"]).findings == ()


def test_a_code_is_not_given_twice_and_needs_are_known(alone):
    register("DAT901", lambda case: ())
    other = dataclasses.replace
    with pytest.raises(ValueError, match="DAT901 is taken by"):
        register("DAT901", other)
    with pytest.raises(ValueError, match="unknown needs"):
        register("DAT902", lambda case: (), needs=("clairvoyance",))


def test_a_check_of_others_that_cannot_be_loaded_is_told_and_harms_nothing(alone, monkeypatch):
    entry = EntryPoint("DAT999", "nowhere.at_all", "valgap.checks")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    (told,) = diagnose(a_run()).not_run
    assert (told.code, told.reason) == ("DAT999", "nowhere.at_all could not be loaded")
    assert "ModuleNotFoundError" in told.detail


def test_a_check_of_others_is_found_through_its_entry_point(alone, monkeypatch, tmp_path):
    (tmp_path / "of_others.py").write_text(
        "from valgap.registry import check\n"
        "check(code='DAT998', name='x', family='DAT', severity='note', fires_on=None,"
        " silent_on=None)(lambda case: ())\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("x", "of_others", "valgap.checks")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    assert codes(load_checks()) == ["DAT998"]
    del sys.modules["of_others"]


def test_findings_are_ranked_by_standing_support_gravity_and_size():
    excluded = Experiment("e", "v", "h", 3, 1.0, 0.5, 1.5, 0.0, ("MOD108",))
    expected = [
        finding("DAT101", severity="error"),
        finding("MOD106", experiment=excluded, explains=("CUR103", "CUR101")),
        finding("EVL103", size=0.9),
        finding("FIT113", size=0.5),
        finding("DAT102", status="suspected", severity="error"),
        finding("DAT103", status="inconclusive"),
        finding("EVL104", severity="note", size=2.0),
        finding("CUR103"),
        finding("DAT104", status="harmless", severity="error"),
        finding("DAT105", status="refuted"),
    ]
    told = ranked(expected[::-1])
    assert codes(told) == codes(expected)
    assert [f.rank for f in told] == list(range(1, 11))
    assert told[1].explains == ("CUR103",)


def test_a_cause_explains_states_of_its_own_fit_only():
    told = ranked([finding("MOD106", explains=("CUR103",)), finding("CUR103", fit=1)])
    assert told[0].explains == ()


@pytest.mark.parametrize(
    ("findings", "fits", "verdict"),
    [
        ([], 0, "nothing was fitted"),
        ([], 1, "nothing was found by the checks that could be made"),
        ([finding("DAT104", status="harmless")], 1, "nothing was found by the checks that could"),
    ],
)
def test_the_verdict_says_when_there_is_nothing_to_say(findings, fits, verdict):
    assert summary(findings, fits)["verdict"].startswith(verdict)


def test_the_verdict_is_the_first_fault_and_counts_are_of_what_stands():
    told = summary([finding("A"), finding("B", "harmless"), finding("C", severity="note")], 1)
    assert told["verdict"] == "m"
    assert (told["errors"], told["warnings"], told["notes"]) == (0, 1, 1)
    assert (told["confirmed"], told["harmless"]) == (2, 1)


def test_a_check_after_all_that_says_healthy_sees_what_the_others_after_all_found(alone):
    seen = []
    register(HEALTHY, lambda case: seen.append(codes(case.findings)) or (), after_all=True)
    register("DAT901", lambda case: [finding("DAT901")])
    register("DAT902", lambda case: [finding("DAT902")], after_all=True)
    diagnose(a_run())
    assert seen == [["DAT901", "DAT902"]]


def test_a_check_after_all_does_not_see_what_is_said_last(alone):
    seen = []
    register(HEALTHY, lambda case: [finding(HEALTHY, severity="note")], after_all=True)
    register("DAT902", lambda case: seen.append(codes(case.findings)) or (), after_all=True)
    told = diagnose(a_run())
    assert (seen, codes(told.findings)) == ([[]], [HEALTHY])


def test_a_check_after_all_that_finds_nothing_has_passed_and_healthy_never_has(alone):
    register(HEALTHY, lambda case: (), after_all=True)
    register("DAT902", lambda case: (), after_all=True)
    assert diagnose(a_run()).passed == ("DAT902",)


def test_what_checks_after_all_find_is_held_to_the_rate_of_the_whole_run(alone):
    barely = Observed(1.0, "points", -0.02, 2.02), Expected("<", 0.0, "measured")
    chance = dataclasses.replace(finding("DAT902"), observed=barely[0], expected=barely[1])
    register("DAT902", lambda case: [chance], after_all=True)
    (told,) = diagnose(a_run()).findings
    assert told.severity == "note"


def test_what_was_held_back_once_is_said_once(alone):
    barely = Observed(1.0, "points", -0.02, 2.02), Expected("<", 0.0, "measured")
    chance = dataclasses.replace(finding("DAT901"), observed=barely[0], expected=barely[1])
    register("DAT901", lambda case: [chance])
    register("DAT902", lambda case: (), after_all=True)
    (told,) = diagnose(a_run()).findings
    assert len(told.evidence) == 1


def test_what_was_not_run_is_listed_by_fit_and_by_code(alone):
    register("DAT903", lambda case: 1 / 0, after_all=True)
    register("DAT902", lambda case: (), needs=("validation",))
    register("MOD901", lambda case: (), needs=("ledger",), family="MOD")
    told = diagnose(a_run(FIT, dataclasses.replace(FIT, id=1))).not_run
    assert [(n.fit, n.code) for n in told] == [
        (fit, code) for fit in (0, 1) for code in ("DAT902", "DAT903", "MOD901")
    ]


GRAVITY = ("note", "warning", "error")


@pytest.mark.parametrize("made", load_checks(), ids=lambda made: made.code)
def test_no_check_is_graver_on_its_example_than_it_is_registered(made):
    most = GRAVITY.index(made.severity)
    assert all(GRAVITY.index(f.severity) <= most for f in made(made.fires_on()))


def test_missing_signal_is_judged_when_all_other_causes_are_known():
    late = {check.code for check in load_checks() if check.after_all}
    assert late == {"DAT208", HEALTHY}


@pytest.mark.parametrize("code", ["MOD111", "MOD114", "MOD115", "MOD116", "MOD118"])
def test_a_check_of_layers_is_not_passed_where_what_it_looks_at_was_not_measured(code):
    load_checks()
    each = registry.find_check(code)
    case = each.silent_on()
    assert run_check(each, case) == ()
    parts = ("weights", "activations", "gradients", "masks")
    model = dataclasses.replace(case.model, missing=dict.fromkeys(parts, "no time was left"))
    untold = run_check(each, dataclasses.replace(case, model=model))
    assert untold == NotRun(code, "no time was left", fit=case.fit.id)
