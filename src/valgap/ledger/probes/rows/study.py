"""One question to cheap models: features and targets of both splits, as far as they are known."""

from __future__ import annotations

from dataclasses import dataclass, field

from valgap.evidence.account import Estimate
from valgap.evidence.records import Split
from valgap.evidence.rows import Task
from valgap.ledger.probes.rows.answers import Answers, answers_of
from valgap.ledger.probes.rows.arrays import Array, Floats
from valgap.ledger.probes.rows.cheap import Asked, Kind, fitted
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.prepared import Part, Prepared
from valgap.ledger.probes.rows.scores import score, signal, varies
from valgap.ledger.probes.rows.space import Space

LEAST_ROWS = 10
NO_VALIDATION = "references.validation"


@dataclass(slots=True)
class Study:
    """Features by split in the space of the training rows, of the rows whose target is known.

    `y` holds the same rows' targets; `why` the reason for what is missing.
    """

    prepared: Prepared
    clock: Clock
    answers: Answers
    x: dict[Split, Floats] = field(default_factory=dict)
    y: dict[Split, Array] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    @property
    def task(self) -> Task:
        """What the target asks for."""
        return self.answers.task

    @property
    def can_cross(self) -> bool:
        """Whether a model of training rows can be scored on validation rows."""
        return "validation" in self.y and NO_VALIDATION not in self.why

    def asked(self, split: Split, x: Floats) -> Asked:
        """Returns the question that one split asks, with features of one's own making."""
        return Asked(self.task, x, self.y[split], self.answers.width)

    def known(self, split: Split, x: Floats) -> Floats:
        """Returns features of those rows of a split whose target is known."""
        return x[self.answers.truth[split].known]

    def crossed(self, kind: Kind, x: Floats, new: Floats) -> Floats:
        """Returns the scores of validation rows by a model of all training rows."""
        return fitted(kind, self.asked("train", x))(new)

    def own(self, split: Split, claims: int = 1) -> tuple[Estimate | None, Estimate | None]:
        """Returns score and signal of the own model on the rows of one split."""
        if split not in self.y:
            return None, None
        given = self.answers.own(self.prepared.part(split), self.prepared)
        if given is None:
            return None, None
        y = self.y[split]
        return score(self.task, y, given, claims), signal(self.task, y, given, claims)


def study_of(prepared: Prepared, clock: Clock) -> Study:
    """Returns the features and targets of one output on both splits.

    Raises:
        NotApplicableError: where there is no target to predict, or hardly a row.
    """
    answers = answers_of(prepared)
    train, truth = prepared.part("train"), answers.truth["train"]
    if len(truth.values) < LEAST_ROWS:
        raise NotApplicableError(
            f"it takes {LEAST_ROWS} training rows, there are {len(truth.values)}"
        )
    study = Study(prepared, clock, answers)
    space = Space(train.blocks)
    study.x["train"], study.y["train"] = space.put(train.blocks)[truth.known], truth.values
    try:
        _add_validation(study, prepared.alike()[1], space)
    except NotApplicableError as reason:
        study.why[NO_VALIDATION] = str(reason)
    return study


def _add_validation(study: Study, part: Part, space: Space) -> None:
    truth = study.answers.truth.get("validation")
    if truth is None or len(truth.values) == 0:
        raise NotApplicableError("validation has no targets like those of training")
    study.x["validation"] = space.put(part.blocks)[truth.known]
    study.y["validation"] = truth.values
    if not varies(study.task, truth.values):
        raise NotApplicableError("validation holds one class or value only")
