"""The order in which findings are read."""

from valgap.finding import Expected, Finding, Observed
from valgap.ranking import OPENING, ranked
from valgap.registry import load_checks


def finding(code, **told):
    given = {"severity": "error", "status": "suspected"} | told
    return Finding(
        code=code,
        name=code,
        family=code[:3],
        message="it is so",
        observed=Observed(1.0, "points"),
        expected=Expected("<=", 0.0, "a source"),
        **given,
    )


def order(*findings):
    return [f.code for f in ranked(findings)]


def test_a_symptom_stands_behind_the_cause_that_explains_it_however_large():
    cause = finding("DAT301", severity="warning", explains=("MOD114",), size=0.1)
    symptom = finding("MOD114", status="confirmed", size=1.0)
    assert order(symptom, cause) == ["DAT301", "MOD114"]


def test_a_chain_of_causes_is_read_from_its_beginning():
    last = finding("EVL102", status="confirmed", size=1.0)
    middle = finding("MOD114", explains=("EVL102",), size=0.9)
    first = finding("FIT101", explains=("MOD114",), size=0.1)
    assert order(last, middle, first) == ["FIT101", "MOD114", "EVL102"]


def test_what_is_harmless_refuted_or_a_mere_note_explains_nothing():
    symptom = finding("MOD114")
    for told in ({"status": "harmless"}, {"status": "refuted"}, {"severity": "note"}):
        assert order(finding("DAT301", explains=("MOD114",), **told), symptom)[0] == "MOD114"


def test_two_that_explain_each_other_are_both_read_the_better_supported_first():
    one = finding("MOD110", explains=("MOD109",), status="confirmed")
    other = finding("MOD109", explains=("MOD110",))
    assert order(other, one) == ["MOD110", "MOD109"]


def test_causes_of_another_fit_explain_nothing_here():
    cause = finding("DAT301", explains=("MOD114",), fit=1)
    assert order(finding("MOD114", status="confirmed"), cause) == ["MOD114", "DAT301"]


def test_only_codes_that_stand_in_the_run_are_told_as_explained():
    (told,) = ranked([finding("DAT301", explains=("MOD114", "CUR101"))])
    assert told.explains == ()


def test_what_the_baseline_knows_is_read_last():
    old, new = finding("MOD106", status="confirmed", known=True), finding("MOD114")
    assert order(old, new) == ["MOD114", "MOD106"]


def test_a_limit_that_is_sure_stands_behind_a_grave_cause_that_is_suspected():
    limit = finding("EVL101", severity="warning", status="confirmed", size=1.0)
    cause = finding("MOD102", status="suspected", size=0.1)
    assert order(limit, cause) == ["MOD102", "EVL101"]


def test_a_limit_is_read_like_a_suspicion_among_its_equals():
    limit = finding("EVL101", severity="warning", status="confirmed", size=0.9)
    sure = finding("DAT201", severity="warning", status="confirmed", size=0.1)
    vague = finding("DAT203", severity="warning", status="inconclusive", size=1.0)
    smaller = finding("DAT105", severity="warning", status="suspected", size=0.1)
    assert order(vague, smaller, limit, sure) == ["DAT201", "EVL101", "DAT105", "DAT203"]


def test_a_limit_that_was_refuted_stays_behind_what_is_harmless():
    limit = finding("EVL101", status="refuted", size=1.0)
    assert order(limit, finding("DAT105", status="harmless")) == ["DAT105", "EVL101"]


def test_the_note_on_how_figures_are_to_be_read_opens_the_notes():
    notes = [
        finding(code, severity="note", status="confirmed", size=size)
        for code, size in (("DAT310", 1.0), ("EVL104", 0.0), ("MOD122", 0.5))
    ]
    assert order(*notes) == ["EVL104", "DAT310", "MOD122"]


def test_the_opening_note_stands_behind_every_warning():
    note = finding("EVL104", severity="note", status="confirmed", size=1.0)
    warning = finding("DAT105", severity="warning", status="inconclusive")
    assert order(note, warning) == ["DAT105", "EVL104"]


def test_only_what_is_registered_as_a_note_opens_the_notes():
    gravest = {check.code: check.severity for check in load_checks()}
    assert {gravest[code] for code in OPENING} == {"note"}
