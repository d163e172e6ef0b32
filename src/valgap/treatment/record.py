"""What a study gives back, and `treatment.json`.

    { "schema_version": "1",
      "answer": "helped | nothing helped | undecided", "reason": one sentence,
      "metric", "is_greater_better", "seed", "trials", "failed_trials",
      "plan": { "kind": "locked | nested", "rows", "groups", "locked", "folds", "repeats", notes },
      "noise": { "level", "on_a_fold", "of_seeds", "of_folds", "delta", "small", "units" },
      "remedies": [ { "name", "answer", "reason", "stage": "not tried | failed | race | confirmed",
          "effect", "low", "high", "pairs", "p", "before", "after",
          "pairs_wanted", "rows_wanted", "is_placebo" } ],
      "combinations": [ the same, "name" is "a + b" ],
      "treated": [names of what is given back], "is_proven": whether they are confirmed,
      "path": [ { "added", "before", "after", "gain", "low", "high", "units" } ],
      "look": { "patient": { "score", "low", "high", "method", "units", "scores", "seed" },
          "treated": the same, "reported": which model is,
          "difference", "low", "high", "only_patient", "only_treated", "p", "calibration",
          "ensemble": { "seeds", "score", "low", "high", "method", "units", "difference" to the
              patient, "difference_low", "difference_high" } | null } | null,
      "validation": what the race said of the treated, "optimism", "optimism_line", "looks",
      "runs": [ { "arms", "fold", "seed", "phase", "score", "seconds", "error",
          "note" } ],
      "curves": [ { "side": "patient | treated", "figure", "training": [one an epoch],
          "judging": [the same, on rows that the fit did not train on] } ],
      "model_rows", "ensemble_rows": how many rows trained model.keras and ensemble.keras, null
          where there is none, "ensemble_members": fits that the latter is the mean of,
      "script": "patched | complete" | null, what treated.py is,
      "notes": [sentences: what was left out, what could not be written] }

Effects and gains are turned so that more is better; scores, and the difference of the look, are
as the figure is read. What is not known is null; there is no NaN.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from valgap.evidence.codec import decode, encode
from valgap.treatment.confirmation import Answer
from valgap.treatment.jobs import Phase

Whole = Literal["helped", "nothing helped", "undecided"]
Stage = Literal["not tried", "failed", "race", "confirmed"]


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """The design in numbers; `folds` are those of the main selection."""

    kind: Literal["locked", "nested"]
    rows: int
    groups: int | None
    locked: int
    folds: int
    repeats: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """How far apart fits of the patient lie, and so what matters."""

    level: float
    on_a_fold: float
    of_seeds: float
    of_folds: float
    delta: float
    small: float
    units: int


@dataclass(frozen=True, slots=True)
class RemedyRecord:
    """What is known of one remedy, or of several together; effects are more-is-better."""

    name: str
    answer: Answer
    reason: str
    stage: Stage
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    p: float | None = None
    before: float | None = None
    after: float | None = None
    pairs_wanted: int | None = None
    rows_wanted: int | None = None
    is_placebo: bool = False


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step on the path from patient to treated, on the units of the race."""

    added: str
    before: float | None
    after: float | None
    gain: float | None
    low: float | None
    high: float | None
    units: int


@dataclass(frozen=True, slots=True)
class SideRecord:
    """Patient or treated in the last look; `seed` is of the reported model."""

    score: float
    low: float | None
    high: float | None
    method: str
    units: int
    scores: tuple[float, ...]
    seed: int | None


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """One temperature, and what it changes on rows that it was not fitted on."""

    temperature: float
    rows: int
    log_loss_before: float
    log_loss_after: float
    error_before: float
    error_after: float


@dataclass(frozen=True, slots=True)
class EnsembleRecord:
    """The mean of the predictions of all seeds of the treated; told beside, chosen by nothing.

    `difference` is to the reported model of the patient, on the same rows.
    """

    seeds: int
    score: float
    low: float | None
    high: float | None
    method: str
    units: int
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None


@dataclass(frozen=True, slots=True)
class LookRecord:
    """The one look at rows that chose nothing; p is McNemar's, exact.

    `ensemble` is of the seeds of the treated, fixed beforehand like the model that is reported;
    None of one seed, and where outer folds judge, of each of which there is one fit.
    """

    patient: SideRecord | None
    treated: SideRecord | None
    reported: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    only_patient: int | None = None
    only_treated: int | None = None
    p: float | None = None
    calibration: CalibrationRecord | None = None
    ensemble: EnsembleRecord | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One trial."""

    arms: tuple[str, ...]
    fold: int
    seed: int
    phase: Phase
    score: float | None
    seconds: float
    error: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CurveRecord:
    """One logged figure by epoch, of a fit of the last look; nothing is chosen by it."""

    side: Literal["patient", "treated"]
    figure: str
    training: tuple[float | None, ...]
    judging: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Treatment:
    """All that a study found.

    `treated` are the remedies of what is given back. Without `is_proven` they came out best and
    nothing is claimed of them.
    `looks` is how many different treatments the locked rows have judged; with more than one,
    the last was chosen by somebody who knew what they had said of the first. `model_rows` is how
    many rows trained the model that is given back: with the locked ones, which have judged the
    same without them, or without if the last fit went wrong; `ensemble_rows` is of the mean of
    several seeds, and `ensemble_members` how many those are: as many as were judged, or more that
    the rest of the budget has trained. `script` tells what `treated.py` is: the user's own with
    the changes in its text, or a program that runs it.
    """

    answer: Whole
    reason: str
    metric: str
    is_greater_better: bool
    seed: int
    plan: PlanRecord
    noise: NoiseRecord
    remedies: tuple[RemedyRecord, ...]
    combinations: tuple[RemedyRecord, ...]
    treated: tuple[str, ...]
    path: tuple[StepRecord, ...]
    look: LookRecord | None
    validation: float | None
    optimism: float | None
    optimism_line: str | None
    trials: int
    failed_trials: int
    runs: tuple[RunRecord, ...] = ()
    looks: int = 0
    curves: tuple[CurveRecord, ...] = ()
    is_proven: bool = True
    model_rows: int | None = None
    ensemble_rows: int | None = None
    ensemble_members: int = 0
    script: Literal["patched", "complete"] | None = None
    notes: tuple[str, ...] = ()
    schema_version: str = "1"


def to_json(treatment: Treatment) -> str:
    """Gives back `treatment.json`; the same treatment gives the same text."""
    return json.dumps(encode(treatment), indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> Treatment:
    """Gives back the treatment of a `treatment.json`.

    Raises:
        RunUnreadableError: If it is not one, or of another schema.
    """
    from valgap.errors import RunUnreadableError

    try:
        value = json.loads(text)
    except ValueError as error:
        raise RunUnreadableError(f"treatment.json: expected JSON, {error}") from None
    version = value.get("schema_version") if isinstance(value, Mapping) else None
    if version != "1":
        raise RunUnreadableError(f'treatment.json: expected schema_version "1", found {version!r}')
    return decode(Treatment, value)
