"""All trainings of a study, in a storage of Optuna: nothing that has ended is lost.

`optuna-dashboard` shows them. Each training is one trial; a remedy that was put on the patient is a
parameter of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from valgap.errors import UsageError
from valgap.experiments.arms import parts_of
from valgap.observe.describe import one_line
from valgap.remedies.catalogue.tuned_baseline import NAME as TUNED
from valgap.remedies.catalogue.tuned_baseline import settings_of
from valgap.treatment.jobs import PASSING, Job, Phase, Result
from valgap.treatment.naming import PREDICTIONS

MOST_FOLDS = 10_000
MOST_OF_A_SETTING = 1e6


def sqlite(path: Path) -> str:
    """Gives back the URL of the storage in a file."""
    return f"sqlite:///{path.absolute()}"


class Trials:
    """A store of results: a study of Optuna.

    Args:
        url: of the storage, `sqlite:///…` or `postgresql://…`.
        name: of the study.
        is_greater_better: which way the metric is better.
        folder: of all studies, each with its predictions below its name: the storage knows the
            names of their files alone, so that whoever writes there can name no others.
        resume: takes over what the last study of the name has kept; else the study gets the
            next free number behind its name.

    Raises:
        UsageError: if Optuna is missing, or the storage cannot be opened.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        is_greater_better: bool,
        folder: Path = Path(),
        resume: bool = True,
    ) -> None:
        optuna = optuna_module()
        direction = "maximize" if is_greater_better else "minimize"
        try:
            self.name = _numbered(url, name, resume=resume)
            self._study = optuna.create_study(
                storage=url, study_name=self.name, direction=direction, load_if_exists=True
            )
            beside = folder / self.name / PREDICTIONS
            self._kept: dict[Job, Result] = {
                r.job: r for t in self._study.get_trials(deepcopy=False) for r in _read(t, beside)
            }
        except Exception as error:  # of SQLAlchemy, of a driver, of the file system
            raise UsageError(f"storage: cannot be opened: {_of_the_driver(error)}") from None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, job: Job) -> Result | None:
        """Gives back the result of a job that was made, failed or not; None if it was not.

        What was in its way and may not be any more, such as too little memory, is tried again.
        """
        return self._kept.get(job)

    def put(self, result: Result) -> None:
        """Keeps a result: it is on disk once this has come back.

        Raises:
            UsageError: if the storage cannot be written, as on a full disk.
        """
        trial = optuna_module().trial
        is_sound = result.is_sound
        state = trial.TrialState.COMPLETE if is_sound else trial.TrialState.FAIL
        made = trial.create_trial(
            state=state,
            value=result.score if is_sound else None,
            **_parameters(result.job),
            user_attrs=_attributes(result),
        )
        try:
            self._study.add_trial(made)
        except Exception as error:  # of SQLAlchemy, of a driver, of the file system
            why = _of_the_driver(error)
            raise UsageError(f"storage: cannot be written: {why}; --resume goes on") from None
        self._kept[result.job] = result


def _numbered(url: str, name: str, *, resume: bool) -> str:
    """The last study of a name, one with trials if there is any; or one more."""
    begun = optuna_module().get_all_study_summaries(storage=url, include_best_trial=False)
    numbers = {s.study_name.removeprefix(f"{name}-"): s.n_trials > 0 for s in begun}
    found = [(has_trials, int(n)) for n, has_trials in numbers.items() if n.isdecimal()]
    if resume:
        return f"{name}-{max(found, default=(False, 1))[1]}"
    return f"{name}-{max((n for _, n in found), default=0) + 1}"


def _of_the_driver(error: Exception) -> str:
    """What the driver of the data base says, in one line: Optuna's own words name no cause."""
    cause = error.__cause__ or error
    driver = getattr(cause, "orig", None)
    return one_line(driver if isinstance(driver, Exception) else cause)


def optuna_module() -> Any:
    """Gives back Optuna, which is told to keep quiet.

    Raises:
        UsageError: if it is missing.
    """
    try:
        import optuna
    except ImportError:
        raise UsageError("optuna is not installed: pip install 'valgap[optuna]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _parameters(job: Job) -> dict[str, Any]:
    """A parameter a remedy, one more for each setting in its option, and the fold."""
    optuna = optuna_module()
    flag = optuna.distributions.IntDistribution(0, 1)
    fold = optuna.distributions.IntDistribution(0, MOST_FOLDS)
    number = optuna.distributions.FloatDistribution(0.0, MOST_OF_A_SETTING)
    settings = {k: v for arm in job.arms for k, v in _settings(arm)}
    plain = [arm for arm in job.arms if not any(_settings(arm))]
    return {
        "params": {**dict.fromkeys(plain, 1), **settings, "fold": job.fold},
        "distributions": {
            **dict.fromkeys(plain, flag), **dict.fromkeys(settings, number), "fold": fold,
        },
    }  # fmt: skip


def _settings(arm: str) -> Iterator[tuple[str, float]]:
    """Name and value of the settings of an arm that is tuned, as `rate=0.3,decay=0,batch=2`."""
    name, option = parts_of(arm)
    if name == TUNED:
        yield from ((f"{name} {key}", value) for key, value in settings_of(option).items())


def _attributes(result: Result) -> dict[str, Any]:
    job = result.job
    return {
        "arms": list(job.arms),
        "fold": job.fold,
        "seed": job.seed,
        "phase": job.phase,
        "seconds": result.seconds,
        "error": result.error,
        "predictions": None if result.predictions is None else Path(result.predictions).name,
        "note": result.note,
    }


def _read(trial: Any, beside: Path) -> Iterable[Result]:
    """The result in a trial, its predictions in a folder; none in one of somebody else's."""
    told = trial.user_attrs
    try:
        phase: Phase = told["phase"]
        job = Job(tuple(told["arms"]), int(told["fold"]), int(told["seed"]), phase)
        score = trial.values[0] if trial.values else None
        if score is not None and not math.isfinite(score):
            score = None
        if told["error"] not in PASSING:
            name = told["predictions"]
            kept = None if name is None else str(beside / Path(name).name)
            yield Result(job, score, told["seconds"], told["error"], kept, told.get("note"))
    except (KeyError, TypeError, ValueError):
        return
