"""What is given back: models that all rows trained, once the locked ones have judged.

The figures are of the same remedies without the rows that judged; where those were a third of a
few hundred, a model without them would be the worse for it. What is judged is the way a model is
made, as in scikit-learn's `GridSearchCV` with `refit` and AutoGluon's `refit_full`. Trainings
that go wrong by chance are caught: a fit that does worse on rows it has seen than the interval
of the judged one, on rows which that one has not seen, is not given back.

Beside the model its ensemble is given back: what is left of the budget trains more of its seeds,
five in all, as many as Lakshminarayanan, Pritzel and Blundell take (NeurIPS 2017). Its figure is
told where the last look had several seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from valgap.treatment.final import Look
from valgap.treatment.jobs import Answers, Job, Result, Steps
from valgap.treatment.metrics import Metric
from valgap.treatment.scoring import Scored
from valgap.treatment.setting import Setting

MEMBERS = 5


@dataclass(frozen=True, slots=True)
class Given:
    """How many rows trained `model.keras` and `ensemble.keras`, and how many fits the latter has.

    None where nothing is given back. Without a remedy there is an ensemble alone: the user has
    the model as it is.
    """

    model_rows: int | None = None
    ensemble_rows: int | None = None
    members: int = 0


def refit_jobs(setting: Setting, treated: tuple[str, ...], seeds: int) -> tuple[Job, ...]:
    """Gives back the fits on all rows, with the seeds of the last look."""
    whole = setting.plan.whole
    assert whole is not None
    arms = setting.ordered(treated)
    return tuple(setting.plan.job(arms, (whole,), "final", i) for i in range(seeds))


def fitted_on_all(
    setting: Setting, treated: tuple[str, ...], seeds: int = 1
) -> Steps[Result | None]:
    """Gives back the model that all rows trained, the first of so many; none is left to judge."""
    jobs = refit_jobs(setting, treated, seeds)
    answers = yield jobs
    return answers.get(jobs[0])


def given_back(
    setting: Setting, treated: tuple[str, ...], look: Look | None, made: Answers
) -> Given:
    """Gives back which rows trained what is given back: all of them, or not the locked.

    Args:
        setting: of the main selection.
        treated: the remedies that were chosen.
        look: what was judged.
        made: all results.
    """
    plan, metric = setting.plan, setting.metric
    judged = None if look is None or look.treated is None else look.treated.reported
    refits = [made[j] for j in refit_jobs(setting, treated, MEMBERS) if j in made]
    is_nested = plan.kind == "nested"
    several = 0 if look is None or look.ensemble is None else look.ensemble.seeds
    is_one_sane = is_nested or _are_sane(metric, judged, refits[:1])
    rows = (plan.rows if is_one_sane else plan.rows - plan.locked) if treated else None
    # Where no outer fold came to an end nothing is known that a refit could fall short of.
    is_unknown = is_nested and judged is None and _are_sound(refits)
    if len(refits) >= max(2, several) and (is_unknown or _are_sane(metric, judged, refits)):
        return Given(rows, plan.rows, len(refits))
    return Given(rows, plan.rows - plan.locked, several) if several else Given(rows)


def _are_sane(metric: Metric, judged: Scored | None, refits: Sequence[Result]) -> bool:
    """The score of a refit is of rows that it has seen: below the interval it is a failure."""
    if judged is None or not refits or not _are_sound(refits):
        return False
    ends = (judged.score, judged.low, judged.high)
    least = min(metric.better(end) for end in ends if end is not None)
    return all(r.score is not None and metric.better(r.score) >= least for r in refits)


def _are_sound(refits: Sequence[Result]) -> bool:
    return all(r.is_sound and not r.note for r in refits)
