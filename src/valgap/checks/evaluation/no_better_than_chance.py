"""EVL102: validation rows are told no better than by a constant prediction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified
from valgap.checks.outcome import MATTERS, POOR, outcome
from valgap.checks.reference_skill import is_clear
from valgap.evidence.account import Estimate
from valgap.evidence.model import Predictions
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import count, figure, percent


def _at_chance() -> Case:
    return example_case(measured_model={"predictions": classified(0.53, 0.51)})


def _clearly_above() -> Case:
    return example_case(measured_model={"predictions": classified(0.91, 0.88)})


@dataclass(frozen=True, slots=True)
class Guess:
    """The score of one output and what a constant prediction scores on the same scale."""

    made: Predictions
    name: str
    score: Estimate
    chance: float
    skill: float


@check(
    code="EVL102",
    name="no-better-than-chance",
    family="EVL",
    severity="warning",
    needs=("validation", "validation-predictions"),
    fires_on=_at_chance,
    silent_on=_clearly_above,
)
def no_better_than_chance(case: Case) -> Iterable[Finding]:
    """The interval of the validation score holds what a constant prediction scores.

    What it looks for: balanced accuracy against one over the number of classes, which a
    majority class cannot lift; for regression the share of variance explained against 0. Its
    95 % interval reaches down to that and the score is less than half of the way to perfect,
    or it is within 5 points of it whatever the rows. It is not said of scores that clearly
    rank rows by their class, as those of rare events do that stay below .5. It is a symptom:
    findings of the data, the model or the fit that explain it stand before it.

    Why it matters: as far as these rows can tell the model knows nothing about the target. An
    accuracy equal to the share of the largest class looks like a result and is none.

    What to do: see what explains it. If nothing does, look whether training rows are told: if
    they are, the splits or the rows are at fault, if not the model or the pairing of labels.

    References: Brodersen et al., The Balanced Accuracy and Its Posterior Distribution, 2010.
    """
    told = [guess for made in case.predictions() if (guess := _guess(made)) is not None]
    if told and not _ranks_rows(case):
        yield _finding(case, min(told, key=lambda guess: guess.skill))


def _ranks_rows(case: Case) -> bool:
    """Whether scores clearly put rows in order, though no decision at a threshold shows it."""
    found = case.rows.references if case.rows else None
    return found is not None and len(case.heads()) < 2 and is_clear(found.signal.get("own"))


def _guess(made: Predictions) -> Guess | None:
    """The score of an output that cannot be told from a constant prediction, else None."""
    chance, name, score = 0.0, "R2", made.r2
    if score is None:
        # Each flag of several is there or not; of classes one is right.
        chance = 0.5 if made.task == "multilabel" else 1 / max(2, len(made.recalls))
        name, score = "balanced accuracy", made.balanced_accuracy
    if score is None or not finite(score.value):
        return None
    skill = (score.value - chance) / (1 - chance)
    reaches_down = finite(score.low) and score.low <= chance and skill < POOR
    return Guess(made, name, score, chance, skill) if skill < MATTERS or reaches_down else None


def _finding(case: Case, guess: Guess) -> Finding:
    score = guess.score
    return no_better_than_chance.finding(
        case,
        status="confirmed",
        message=f"no better than chance: {guess.name} {figure(score.value, 2)} "
        f"({figure(score.low, 2)} to {figure(score.high, 2)})",
        observed=Observed(score.value, guess.name, score.low, score.high, score.n),
        # No value here: the interval is to hold it, which is no test that chance could pass.
        expected=Expected(">", None, f"a constant prediction scores {figure(guess.chance, 3)}"),
        # A symptom: what explains it has a size of its own.
        size=0.0,
        evidence=(
            f"{guess.name} {figure(score.value, 3)} on {count(guess.made.rows)} validation rows, "
            f"a constant prediction {figure(guess.chance, 3)}",
            *_accuracy_line(guess.made),
            *_training_line(case),
        ),
        help="see what explains it; then whether training rows are told",
    )


def _accuracy_line(made: Predictions) -> list[str]:
    if made.accuracy is None or not finite(made.majority):
        return []
    return [
        f"accuracy {figure(made.accuracy.value, 3)}, the largest class is "
        f"{percent(made.majority)} of the rows"
    ]


def _training_line(case: Case) -> list[str]:
    train = outcome(case).train
    if train is None:
        return []
    told = "told" if train.value >= POOR else "hardly told"
    return [f"training rows are {told}: skill {figure(train.value, 2)} of 1"]
