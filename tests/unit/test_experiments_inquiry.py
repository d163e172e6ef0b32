"""An inquiry: what is tested, in which order, what chooses and what judges."""

import dataclasses
import time

import numpy as np
import pytest

from valgap.evidence.trials import TrialRecord
from valgap.experiments.arms import Trainable
from valgap.experiments.inquiry import Inquiry
from valgap.experiments.lab import Ask
from valgap.experiments.order import candidates_of, rival_of
from valgap.finding import Expected, Finding, Observed, Scope


def experiment(
    name, *settles, options=("",), direction="up", costs=1.0, option_of=None, contains=()
):
    return Trainable(
        name, settles, f"{name}, varied", "the rest", lambda recipe, _: recipe, options,
        direction, costs, option_of, contains,
    )  # fmt: skip


RATE = experiment("rate-lowered", "FIT101", options=("0.1", "0.01"))
LARGER = experiment("larger-model", "MOD119")
DROPOUT = experiment("dropout-removed", "MOD109")
SHUFFLED = experiment("labels-shuffled", "DAT208", direction="same")
TWINS = experiment("twins-left-out", "DAT102", direction="down")
ALL = (RATE, LARGER, DROPOUT, SHUFFLED, TWINS)
ACTIVITY = experiment("activity-penalty-removed", "MOD111")
PENALTIES = experiment("penalties-removed", "MOD110", contains=("activity-penalty-removed",))


def finding(code, status="suspected", severity="error", rank=1, layer=None):
    return Finding(
        code, code.lower(), code[:3], severity, status, "told", Observed(1.0, "x"),
        Expected("<", 1.0, "source"), rank=rank, scope=Scope(layer=layer),
    )  # fmt: skip


class FakeLab:
    """Scores by arm, with noise by seed that is the same on both sides."""

    def __init__(self, scores, *, seconds=1.0, epochs=20, spread=0.004, fails=(), takes=0.0):
        self.scores, self.taken, self.epochs = scores, seconds, epochs
        self.spread, self.fails, self.workers = spread, fails, 2
        self.made, self.most = {}, 10_000
        self.takes, self.notes = takes, []
        self.rows = 0

    def known(self, ask):
        return self.made.get(ask)

    def seconds(self):
        return self.taken if self.made else None

    def make(self, asks):
        for ask in dict.fromkeys(asks):
            if len(self.made) < self.most:
                self.made.setdefault(ask, self._trial(ask))

    def _trial(self, ask):
        if ask.arm in self.fails:
            return TrialRecord(ask.arm, ask.seed, ask.epochs, self.epochs, error="it broke")
        noise = self.spread * np.random.default_rng([ask.seed, len(ask.arm)]).normal()
        score = self.scores.get(ask.arm, self.scores["patient"]) + noise
        return TrialRecord(
            ask.arm, ask.seed, ask.epochs, self.epochs, score=score, loss=1 - score, rows=self.rows
        )

    def seeds(self, arm):
        return sorted(ask.seed for ask in self.made if ask.arm == arm)


def verdicts(lab, findings, codes=(), *, left=1000.0, reach=None, experiments=ALL):
    inquiry = Inquiry(lab, experiments, time.monotonic() + left, reach)
    return list(inquiry.verdicts(findings, codes))


def test_an_experiment_that_cannot_settle_this_finding_of_its_code_is_not_made():
    of_notes = dataclasses.replace(DROPOUT, applies=lambda f: f.severity == "note")
    assert candidates_of([finding("MOD109")], (of_notes,), ()) == []
    assert candidates_of([finding("MOD109", severity="note")], (of_notes,), ("MOD109",))


def test_a_cause_is_confirmed_by_seeds_that_did_not_choose_how_to_take_it_away():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.5, "rate-lowered:0.01": 0.9})
    (verdict,) = verdicts(lab, [finding("FIT101")], reach=0.95)
    assert (verdict.status, verdict.option, verdict.pairs) == ("confirmed", "0.01", 6)
    assert verdict.excluded == ("larger-model",)
    assert lab.seeds("rate-lowered:0.1") == [0]
    assert lab.seeds("rate-lowered:0.01") == [0, 1, 2, 3, 4, 5, 6]


def test_a_rival_that_does_as_well_keeps_a_cause_from_being_confirmed():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9, "larger-model": 0.9})
    (verdict,) = verdicts(lab, [finding("FIT101")])
    assert (verdict.status, verdict.excluded) == ("inconclusive", ())


def test_a_rival_gets_as_many_pairs_as_the_cause():
    lab = FakeLab({"patient": 0.3, "rate-lowered:0.1": 0.9, "larger-model": 0.3}, spread=0.12)
    (verdict,) = verdicts(lab, [finding("FIT101")])
    assert lab.seeds("larger-model") == [1, 2, 3, 4, 5, 6]
    assert (verdict.status, verdict.excluded) == ("confirmed", ("larger-model",))


def test_a_cause_that_changes_nothing_is_let_go_after_three_pairs():
    lab = FakeLab({"patient": 0.5}, spread=0.0005)
    (verdict,) = verdicts(lab, [finding("MOD109")])
    assert (verdict.status, verdict.pairs) == ("harmless", 3)
    assert lab.seeds("larger-model") == []


def test_a_reference_far_above_keeps_a_small_gain_from_being_the_cause():
    lab = FakeLab({"patient": 0.5, "dropout-removed": 0.6})
    (verdict,) = verdicts(lab, [finding("MOD109")], reach=0.95)
    assert verdict.status == "inconclusive"
    assert "half" in verdict.reason


def test_a_rival_suspect_is_tested_and_both_count_as_claims():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9})
    told = {v.code: v for v in verdicts(lab, [finding("FIT101"), finding("MOD109", rank=2)])}
    assert told["FIT101"].excluded == ("dropout-removed",)
    assert told["FIT101"].pairs == 7
    assert told["MOD109"].status in ("harmless", "refuted")


def test_a_rival_suspect_is_held_against_by_its_best_way_not_its_first():
    lab = FakeLab({"patient": 0.1, "dropout-removed": 0.9, "rate-lowered:0.01": 0.9})
    told = {v.code: v for v in verdicts(lab, [finding("MOD109"), finding("FIT101", rank=2)])}
    assert told["FIT101"].option == "0.01"
    assert "rate-lowered:0.1" not in told["MOD109"].excluded


def test_an_inflating_cause_is_confirmed_by_a_fall():
    lab = FakeLab({"patient": 0.9, "twins-left-out": 0.6})
    (verdict,) = verdicts(lab, [finding("DAT102")])
    assert verdict.status == "confirmed"
    assert verdict.effect < 0


def test_a_curve_in_rows_that_climbs_is_carried_on_to_twice_the_rows():
    halved = experiment("rows-halved", "DAT206", direction="down")
    lab = FakeLab({"patient": 0.8, "rows-halved": 0.72, "rows-halved:quarter": 0.6})
    inquiry = Inquiry(lab, (halved, LARGER), time.monotonic() + 1000.0)
    (verdict,) = inquiry.verdicts([finding("DAT206")], ())
    assert verdict.status == "confirmed"
    assert "of twice the rows 0.8" in verdict.reason


def test_of_a_capacity_in_doubt_it_is_told_what_a_handful_of_rows_comes_to():
    lab = FakeLab({"patient": 0.3, "larger-model": 0.9, "handful-fitted": 0.42})
    (verdict,) = verdicts(lab, [finding("MOD119")])
    assert verdict.status == "confirmed"
    assert "sixteen rows alone come to 0.4" in verdict.reason


def test_a_fit_that_made_again_comes_out_otherwise_proves_nothing():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9})
    inquiry = Inquiry(lab, ALL, time.monotonic() + 1000.0, 0.95, 0.6)
    (verdict,) = inquiry.verdicts([finding("FIT101")], ())
    assert verdict.status == "inconclusive"
    assert verdict.reason == "the fit made again comes to 0.10, the recorded one to 0.60"


def test_a_rival_that_is_true_as_well_does_not_end_the_search_for_one():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9, "dropout-removed": 0.9})
    told = {v.code: v for v in verdicts(lab, [finding("FIT101"), finding("MOD109", rank=2)])}
    assert {v.status for v in told.values()} == {"confirmed"}
    assert told["FIT101"].excluded == ("larger-model",)


def test_shuffled_labels_that_change_nothing_prove_nothing_where_a_reference_does_better():
    lab = FakeLab({"patient": 0.02, "labels-shuffled": 0.02}, spread=0.0005)
    assert verdicts(lab, [finding("DAT208")], reach=0.8)[0].status == "refuted"
    lab = FakeLab({"patient": 0.02, "labels-shuffled": 0.02}, spread=0.0005)
    assert verdicts(lab, [finding("DAT208")], reach=0.0)[0].status == "confirmed"


def test_shuffled_labels_that_do_better_are_no_reference():
    lab = FakeLab({"patient": 0.02, "labels-shuffled": 0.14}, spread=0.0005)
    assert verdicts(lab, [finding("DAT208")], reach=0.0)[0].status == "confirmed"
    lab = FakeLab({"patient": 0.02, "labels-shuffled": 0.14}, spread=0.0005)
    (verdict,) = verdicts(lab, [finding("DAT208")])
    assert (verdict.status, verdict.reason[:12]) == ("inconclusive", "no reference")


@pytest.mark.parametrize(("rows", "is_another"), [(0, True), (60, True), (16, False)])
def test_a_fit_made_again_may_differ_by_the_error_of_its_few_rows(rows, is_another):
    lab = FakeLab({"patient": 0.3, "rate-lowered:0.1": 0.9})
    lab.rows = rows
    inquiry = Inquiry(lab, ALL, time.monotonic() + 1000.0, 0.95, 0.6)
    (verdict,) = inquiry.verdicts([finding("FIT101")], ())
    assert verdict.reason.startswith("the fit made again") is is_another


def test_an_arm_that_fails_is_told_with_its_reason_and_costs_no_other():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9}, fails=("dropout-removed",))
    told = {v.code: v for v in verdicts(lab, [finding("FIT101"), finding("MOD109", rank=2)])}
    assert told["MOD109"].effect is None
    assert "it broke" in told["MOD109"].reason
    assert told["FIT101"].status == "confirmed"


def test_without_the_time_for_whole_fits_they_are_shortened_and_it_is_said():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9}, seconds=10.0)
    (verdict,) = verdicts(lab, [finding("FIT101")], left=50.0)
    assert verdict.proxy.endswith("of 20 epochs")
    assert verdict.proxy != "fits of 20 of 20 epochs"


def test_a_whole_fit_of_an_hour_is_not_begun_within_minutes():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9}, seconds=None, takes=3600.0)
    assert verdicts(lab, [finding("FIT101")], left=300.0) == []
    assert lab.made == {}
    assert lab.notes == ["a fit takes 3600 s: there is no time for a pair of 5 epochs"]


def test_where_the_recorded_fit_was_long_it_tells_how_far_fits_are_shortened():
    lab = FakeLab({"patient": 0.1, "rate-lowered:0.1": 0.9}, seconds=None, takes=200.0)
    (verdict,) = verdicts(lab, [finding("FIT101")], left=700.0)
    assert verdict.proxy == "fits of 6 of 20 epochs"
    assert {ask.epochs for ask in lab.made} == {6}


def test_where_no_trial_can_be_made_nothing_is_said():
    lab = FakeLab({"patient": 0.1})
    lab.most = 0
    assert verdicts(lab, [finding("FIT101")]) == []


def test_only_suspected_errors_and_warnings_are_tested_unless_asked_for():
    given = [
        finding("FIT101", status="confirmed"),
        finding("MOD109", severity="note", rank=2),
        finding("DAT208", rank=3),
    ]
    assert [c.finding.code for c in candidates_of(given, ALL, ())] == ["DAT208"]
    assert [c.finding.code for c in candidates_of(given, ALL, ("FIT101",))] == ["FIT101"]


def test_of_two_suspects_the_one_that_tells_more_a_second_comes_first():
    given = [finding("FIT101"), finding("MOD119", rank=2)]
    dear = experiment("rate-lowered", "FIT101", costs=10.0)
    order = [c.finding.code for c in candidates_of(given, (dear, LARGER), ())]
    assert order == ["MOD119", "FIT101"]


def test_the_option_is_the_one_that_the_finding_names():
    named = experiment("feature-left-out", "DAT107", option_of=lambda f: f.scope.layer)
    (candidate,) = candidates_of([finding("DAT107", layer="x[3]")], (named,), ())
    assert candidate.arms == ("feature-left-out:x[3]",)


def test_what_settles_the_same_code_is_no_rival_of_it():
    also = experiment("larger-model", "FIT101")
    (candidate,) = candidates_of([finding("FIT101")], (RATE,), ())
    assert "larger-model" not in rival_of(candidate, [candidate], (RATE, also))


def test_what_contains_an_experiment_or_is_contained_in_it_is_no_rival_of_it():
    experiments = (ACTIVITY, PENALTIES, DROPOUT, LARGER)
    given = [finding("MOD110"), finding("MOD111", rank=2), finding("MOD109", rank=3)]
    tests = candidates_of(given, experiments, ())
    rivals = {t.finding.code: rival_of(t, tests, experiments) for t in tests}
    assert rivals["MOD110"] == rivals["MOD111"] == ["dropout-removed", "larger-model"]
    assert set(rivals["MOD109"]) == {
        "penalties-removed", "activity-penalty-removed", "larger-model"
    }  # fmt: skip


def test_what_contains_an_experiment_is_no_rival_of_it_where_its_own_code_is_not_tested():
    part = experiment("rate-lowered", "FIT101")
    whole = experiment("larger-model", "MOD119", contains=("rate-lowered",))
    (candidate,) = candidates_of([finding("FIT101")], (part, whole), ())
    assert rival_of(candidate, [candidate], (part, whole)) == []


def test_a_part_and_the_whole_are_both_confirmed_against_a_third():
    lab = FakeLab({"patient": 0.0, "activity-penalty-removed": 0.9, "penalties-removed": 0.95})
    given = [finding("MOD110"), finding("MOD111", rank=2)]
    told = verdicts(lab, given, experiments=(ACTIVITY, PENALTIES, LARGER))
    assert {(v.code, v.status, v.excluded) for v in told} == {
        ("MOD110", "confirmed", ("larger-model",)),
        ("MOD111", "confirmed", ("larger-model",)),
    }


def test_several_experiments_that_settle_one_code_are_screened_together():
    also = experiment("optimizer-plain", "FIT101")
    (candidate,) = candidates_of([finding("FIT101")], (RATE, also), ())
    assert candidate.arms == ("rate-lowered:0.1", "rate-lowered:0.01", "optimizer-plain")
    assert candidate.experiment_of("optimizer-plain") is also


@pytest.mark.parametrize("codes", [("XXX1",), ()])
def test_without_a_suspect_no_trial_is_made(codes):
    lab = FakeLab({"patient": 0.1})
    assert verdicts(lab, [finding("FIT101", status="confirmed")], codes) == []
    assert lab.made == {}


def test_asks_are_equal_by_what_they_ask():
    assert Ask("patient", 1, 10) == Ask("patient", 1, 10)
