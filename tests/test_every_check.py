"""What every check promises, over the whole registry."""

import dataclasses
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valgap.checks.learning import validation_loss
from valgap.checks.measures import DELTA_OF_LOSS, lies_inside
from valgap.evidence.account import ROW_NAMES
from valgap.finding import NotRun
from valgap.registry import Case, diagnose, load_checks, run_check

CHECKS = load_checks()
SECTIONS = ("What it looks for:", "Why it matters:", "What to do:", "References:")
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
FIRST = ["CUR101", "CUR103", "CUR108", "DAT101", "EVL103", "EVL104", "FIT113", "MOD106", "MOD108"]


def looked(check, case):
    """What a check says of a case, after the others where it runs after them."""
    if check.after_all:
        others = [c for c in CHECKS if not c.after_all]
        found = [run_check(c, case) for c in others]
        case = dataclasses.replace(
            case,
            findings=tuple(f for fs in found if not isinstance(fs, NotRun) for f in fs),
            not_run=tuple(f for f in found if isinstance(f, NotRun)),
        )
    return run_check(check, case)


def test_the_first_checks_are_all_there():
    assert set(FIRST) <= {check.code for check in CHECKS}


@each_check
def test_a_check_fires_on_its_example_with_its_own_code(check):
    found = looked(check, check.fires_on())
    assert not isinstance(found, NotRun), found
    assert [finding.code for finding in found] == [check.code]
    assert found[0].status not in ("refuted", "harmless")


@each_check
def test_a_check_stays_silent_on_its_example(check):
    found = looked(check, check.silent_on())
    assert isinstance(found, NotRun) or found == ()
    assert getattr(found, "detail", None) is None


@each_check
def test_no_other_check_crashes_on_an_example(check):
    for case in (check.fires_on(), check.silent_on()):
        told = [run_check(other, case) for other in CHECKS]
        assert [t.detail for t in told if isinstance(t, NotRun) and t.detail] == []


@each_check
def test_the_documentation_has_its_sections_in_order(check):
    places = [check.doc.find(section) for section in SECTIONS]
    assert min(places) > 0
    assert places == sorted(places)
    assert check.summary.endswith(".")


@each_check
def test_a_code_is_three_letters_of_its_family_and_three_digits(check):
    assert re.fullmatch(rf"{check.family}\d{{3}}", check.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.name)


@each_check
def test_a_message_is_one_sentence_under_80_characters(check):
    for finding in looked(check, check.fires_on()):
        assert 0 < len(finding.message) < 80
        assert "\n" not in finding.message
        assert "!" not in finding.message


@each_check
def test_a_finding_holds_measure_source_and_help(check):
    for finding in looked(check, check.fires_on()):
        assert finding.observed.unit
        assert finding.expected.source
        assert finding.help
        assert finding.observed.value is None or isinstance(finding.observed.value, float)
        assert finding.size >= 0


# The fault of these is that a part does nothing: an effect inside what matters confirms it.
DO_NOTHING = ("MOD112", "MOD120")


@each_check
def test_a_confirmed_experiment_lies_on_one_side_of_zero(check):
    for finding in looked(check, check.fires_on()):
        made = finding.experiment
        if made and finding.status == "confirmed" and check.code not in DO_NOTHING:
            assert made.low * made.high > 0


@pytest.mark.parametrize("check", [c for c in CHECKS if c.code in DO_NOTHING], ids=lambda c: c.code)
def test_a_part_confirmed_to_do_nothing_has_an_effect_inside_what_matters(check):
    case = check.fires_on()
    (finding,) = looked(check, case)
    delta = DELTA_OF_LOSS * validation_loss(case)
    assert finding.status == "confirmed"
    assert lies_inside(finding.experiment.low, finding.experiment.high, delta)


odd_number = st.sampled_from([None, 0.0, -1.0, 1e30, float("nan"), float("inf"), 0.3])
number = st.sampled_from([0.0, -1.0, 1e30, float("nan"), float("inf"), 0.3])


@st.composite
def damaged_cases(draw):
    """An example with parts of its evidence taken out or made odd."""
    check = draw(st.sampled_from(CHECKS))
    case = draw(st.sampled_from([check.fires_on, check.silent_on]))()
    fit = case.fit
    if draw(st.booleans()):
        fit = dataclasses.replace(fit, epochs=fit.epochs[: draw(st.integers(0, 12))])
    if draw(st.booleans()):
        spoil = draw(odd_number)
        name = draw(st.sampled_from(["loss", "val_loss"]))
        epochs = [dataclasses.replace(e, logs={**e.logs, name: spoil}) for e in fit.epochs]
        kept = draw(st.integers(0, 12))
        fit = dataclasses.replace(fit, epochs=(*epochs[:kept], *fit.epochs[kept:]))
    if draw(st.booleans()):
        train = dataclasses.replace(fit.train, rows=None, steps=None, batch_size=None)
        fit = dataclasses.replace(fit, train=train, location=None, compile=None)
    if draw(st.booleans()):
        model = dataclasses.replace(fit.model, layers=fit.model.layers[: draw(st.integers(0, 5))])
        fit = dataclasses.replace(fit, model=model)
    if draw(st.booleans()):
        fit = dataclasses.replace(fit, validation=None)
    return Case(fit, draw(damaged_ledgers(case.ledger)))


@st.composite
def damaged_ledgers(draw, ledger):
    if ledger is None or draw(st.integers(0, 9)) == 0:
        return None
    accounts = tuple(
        draw(damaged_accounts(account))
        for account in ledger.accounts
        if draw(st.integers(0, 4)) > 0
    )
    made = [
        dataclasses.replace(r, train_batch=draw(number), validation_before=draw(odd_number))
        if draw(st.booleans())
        else dataclasses.replace(
            r, train_after=draw(number), closed=draw(damaged_estimates(r.closed))
        )
        for r in ledger.reestimations
    ]
    pairs = [
        dataclasses.replace(
            p, best=draw(st.integers(0, 20)), change=draw(damaged_estimates(p.change))
        )
        for p in ledger.epoch_pairs
    ]
    trace = [
        dataclasses.replace(p, deltas={}, standard_error=draw(odd_number))
        if draw(st.booleans())
        else p
        for p in ledger.trace
    ]
    return dataclasses.replace(
        ledger,
        accounts=accounts,
        reestimations=tuple(made),
        epoch_pairs=tuple(pairs),
        trace=tuple(trace[: draw(st.integers(0, 12))]),
        volatility=draw(
            st.sampled_from([{}, {"loss": {}}, {"loss": {"weights": None}}, ledger.volatility])
        ),
        directions=draw(st.sampled_from([{}, ledger.directions])),
        shared_rows=draw(damaged_shared(ledger.shared_rows)),
    )


@st.composite
def damaged_shared(draw, shared):
    if shared is None or draw(st.booleans()):
        return shared
    changes = {"searched_validation": 0, "all_rows": {}, "without": {}, "with_shared": {}}
    name = draw(st.sampled_from(list(changes)))
    return dataclasses.replace(shared, **{name: changes[name]})


@st.composite
def damaged_estimates(draw, estimate):
    return dataclasses.replace(
        estimate, value=draw(number), low=draw(odd_number), high=draw(odd_number), n=None
    )


@st.composite
def damaged_accounts(draw, account):
    rows = list(account.rows)
    for name in draw(st.lists(st.sampled_from(ROW_NAMES), max_size=3)):
        i = next((i for i, row in enumerate(rows) if row.row == name), None)
        if i is None:
            continue
        odd = dataclasses.replace(
            rows[i], delta=draw(odd_number), low=draw(odd_number), before=draw(odd_number)
        )
        none = dataclasses.replace(rows[i], delta=None, low=None, high=None, status="unmeasured")
        rows[i : i + 1] = draw(st.sampled_from([[], [odd], [none]]))
    train, validation = draw(st.tuples(odd_number, odd_number))
    spoilt = dataclasses.replace(account, rows=tuple(rows))
    return draw(
        st.sampled_from([spoilt, dataclasses.replace(spoilt, train=train, validation=validation)])
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=damaged_cases())
def test_no_check_crashes_on_damaged_evidence(case):
    told = [looked(check, case) for check in CHECKS]
    crashed = [t.detail for t in told if isinstance(t, NotRun) and t.detail]
    assert crashed == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=damaged_cases())
def test_messages_stay_short_on_damaged_evidence(case):
    found = [t for check in CHECKS if not isinstance(t := looked(check, case), NotRun)]
    assert [f.message for fs in found for f in fs if len(f.message) >= 80] == []


def test_diagnose_runs_them_all_or_says_why_not(example_run):
    told = diagnose(example_run)
    codes = {f.code for f in told.findings} | set(told.passed) | {n.code for n in told.not_run}
    assert codes >= {check.code for check in CHECKS if not check.after_all}
