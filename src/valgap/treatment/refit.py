"""The model that is given back: all rows train it, once they have judged.

The figures are of the same remedies without the rows that judged; where those were a third of a
few hundred, a model without them would be the worse for it. What is judged is the way the model
is made, as in scikit-learn's `GridSearchCV` with `refit` and AutoGluon's `refit_full`. Trainings
that go wrong by chance are caught: a fit that does no better on the rows it has seen than the
judged one on rows it has not is not given back.
"""

from __future__ import annotations

from valgap.treatment.final import Look
from valgap.treatment.jobs import Job, Result, Steps
from valgap.treatment.metrics import Metric
from valgap.treatment.plan import Plan
from valgap.treatment.setting import Setting


def refit_job(setting: Setting, treated: tuple[str, ...]) -> Job:
    """Gives back the fit on all rows, with the first seed of the last look."""
    assert setting.plan.whole is not None
    return setting.plan.job(setting.ordered(treated), (setting.plan.whole,), "final", 0)


def fitted_on_all(setting: Setting, treated: tuple[str, ...]) -> Steps[Result | None]:
    """Gives back the model that all rows trained; none is left to judge it."""
    job = refit_job(setting, treated)
    answers = yield (job,)
    return answers.get(job)


def rows_of_given(plan: Plan, metric: Metric, look: Look | None, refit: Result | None) -> int:
    """Gives back how many rows trained the model that is given back: all, or all but the locked.

    Args:
        plan: how many there are.
        metric: of the scores.
        look: what was judged.
        refit: the fit on all rows; its score is of rows that it has seen.
    """
    if plan.kind == "nested":
        return plan.rows
    judged = None if look is None or look.treated is None else look.treated.reported
    if refit is None or not refit.is_sound or refit.note or judged is None:
        return plan.rows - plan.locked
    assert refit.score is not None
    is_sane = metric.better(refit.score) >= metric.better(judged.score)
    return plan.rows if is_sane else plan.rows - plan.locked
