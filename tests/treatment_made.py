"""What a study could have found, made up: for reports of it."""

from __future__ import annotations

import dataclasses

from valgap.treatment.record import (
    CalibrationRecord,
    CurveRecord,
    EnsembleRecord,
    LookRecord,
    NoiseRecord,
    PlanRecord,
    RemedyRecord,
    RunRecord,
    SideRecord,
    StepRecord,
    Treatment,
)

CHOSE_NOTHING = "confirmed on rows and seeds that chose nothing"


def remedy(name, answer="no effect shown", effect=0.01, half=0.05, stage="race", **changes):
    numbers = {"effect": effect, "low": effect - half, "high": effect + half, "pairs": 6}
    return RemedyRecord(name, answer, f"the reason of {name}", stage, **numbers | changes)


def side(score, seeds=(0.42, 0.43)):
    return SideRecord(score, score - 0.05, score + 0.05, "bootstrap over rows", 267, seeds, 40000)


def look(**changes):
    made = LookRecord(
        side(0.42), side(0.936, (0.936, 0.94)), "the model of the first seed",
        difference=0.516, low=0.45, high=0.581, only_patient=6, only_treated=144, p=2.1e-35,
        calibration=CalibrationRecord(1.35, 1200, 0.21, 0.162, 0.03, 0.0113),
        ensemble=EnsembleRecord(3, 0.951, 0.92, 0.98, "bootstrap", 267, 0.531, 0.47, 0.59),
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def curve(side, figure="loss", epochs=12, start=1.0):
    falls = tuple(start / (1 + i) for i in range(epochs))
    return CurveRecord(side, figure, falls, tuple(v + 0.1 for v in falls))


def treatment(**changes):
    """A study of 1,000 rows in which scaling helped; what is given differs."""
    made = Treatment(
        answer="helped",
        reason=f"scale-inputs:standard: {CHOSE_NOTHING}",
        metric="balanced_accuracy",
        is_greater_better=True,
        seed=0,
        plan=PlanRecord("locked", 1000, None, 267, 9, 0),
        noise=NoiseRecord(0.5, 0.03, 0.02, 0.03, 0.02, 0.02, 8),
        remedies=(
            remedy("scale-inputs:standard", "helped", 0.365, 0.126, "confirmed", p=0.015),
            remedy("more-epochs:2", "undecided", 0.03, 0.08, "confirmed", pairs_wanted=14),
            remedy("smaller-model:0.5", "harmed", -0.2),
            remedy("placebo-1", effect=-0.03, half=0.16, is_placebo=True),
            RemedyRecord("mixup:0.2", "undecided", "failed: out of memory", "failed"),
            RemedyRecord("cutmix", "undecided", "not tried: the budget ended", "not tried"),
        ),
        combinations=(),
        treated=("scale-inputs:standard",),
        path=(StepRecord("scale-inputs:standard", 0.504, 0.899, 0.395, 0.27, 0.52, 4),),
        look=look(),
        validation=0.899,
        optimism=-0.037,
        optimism_line="validation said 89.9, locked rows say 93.6 +- 3.0: optimism -3.7",
        trials=44,
        failed_trials=1,
        runs=(
            RunRecord((), 0, 1, "noise", 0.51, 1.5),
            RunRecord(("mixup:0.2",), 0, 1, "race", None, 0.4, "out of memory"),
            RunRecord(("scale-inputs:standard",), 9, 40000, "final", 0.936, 2.5),
        ),
        looks=1,
        curves=tuple(curve(s, f) for f in ("loss", "accuracy") for s in ("patient", "treated")),
        model_rows=1000,
        ensemble_rows=1000,
        script="complete",
        notes=("400 of 800 training rows are used",),
    )
    return dataclasses.replace(made, **changes)


def nothing_helped(**changes):
    """The same study, where nothing did."""
    found = treatment()
    rest = (found.remedies[3], remedy("more-epochs:2", high=0.031), found.remedies[5])
    settings = {
        "answer": "nothing helped", "reason": "none of 1 remedies showed a gain that matters",
        "remedies": rest, "treated": (), "path": (), "script": None, "optimism_line": None,
        "model_rows": None, "ensemble_rows": None,
        "look": look(
            treated=side(0.42), ensemble=None, difference=None, low=None, high=None, p=None
        ),
        "curves": (curve("patient"),),
    }  # fmt: skip
    return treatment(**settings | changes)
