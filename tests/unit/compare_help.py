"""Sides of a comparison, made up."""

import dataclasses

from valgap.checks.example_case import example_case
from valgap.comparison.records import Side
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.evidence.trials import TrialRecord


def predictions(score=0.9, half=0.02, rows=400, task="binary"):
    told = Estimate(score, score - half, score + half, rows)
    name = "r2" if task == "regression" else "balanced_accuracy"
    recalls = {"recalls": {"0": told, "1": told}} if name == "balanced_accuracy" else {}
    loss = Estimate(1 - score, 1 - score - half, 1 - score + half, rows)
    return Predictions("validation", "output", 11, task, rows, loss=loss, **{name: told}, **recalls)


def case(*, validation="0:450:1", recipe="recipe.pkl", scored=None, seeds=None, **changes):
    """A case whose last fit scored as told, on validation rows of a checksum."""
    measured = {"predictions": (scored,) if scored else (), "seeds": seeds}
    made = example_case(measured_model=measured, **changes)
    held_out = dataclasses.replace(made.fit.validation, checksum=validation)
    arguments = {"epochs": str(len(made.fit.epochs))}
    fit = dataclasses.replace(made.fit, validation=held_out, recipe=recipe, arguments=arguments)
    return dataclasses.replace(made, fit=fit)


def side(name, make_run, **changes):
    made = case(**changes)
    run = make_run(made)
    return Side(name, dataclasses.replace(run, models=(made.model,)), made)


def trials(scores, *, checksum="1-2", epochs=12, task="binary", **changes):
    """Trials of seeds 1, 2, 3 and so on."""
    return [
        TrialRecord(
            *("patient", seed, epochs, epochs, score),
            **{"loss": 0.5, "rows": 200, "seconds": 1.0, "task": task, "checksum": checksum}
            | changes,
        )
        for seed, score in enumerate(scores, 1)
    ]
