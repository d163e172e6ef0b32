"""All trainings of a study, in a storage of Optuna: nothing that has ended is lost.

`optuna-dashboard` shows them. Each training is one trial; a remedy is a parameter, 1 where it was
put on the patient and 0 elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from valgap.errors import UsageError
from valgap.observe.describe import one_line
from valgap.treatment.jobs import Job, Phase, Result

MOST_FOLDS = 10_000


def sqlite(path: Path) -> str:
    """Gives back the URL of the storage in a file."""
    return f"sqlite:///{path.absolute()}"


class Trials:
    """A store of results; two studies of one name in one storage are one study.

    Args:
        url: of the storage, `sqlite:///…` or `postgresql://…`.
        name: of the study.
        is_greater_better: which way the metric is better.
        resume: takes over what an earlier study of the name has kept; else the study gets the
            next free number behind its name.

    Raises:
        UsageError: if Optuna is missing, or the storage cannot be opened.
    """

    def __init__(
        self, url: str, name: str, *, is_greater_better: bool, resume: bool = True
    ) -> None:
        optuna = _optuna()
        direction = "maximize" if is_greater_better else "minimize"
        try:
            self.name = _numbered(url, name, resume=resume)
            self._study = optuna.create_study(
                storage=url, study_name=self.name, direction=direction, load_if_exists=True
            )
            self._kept = {
                r.job: r for t in self._study.get_trials(deepcopy=False) for r in _read(t)
            }
        except Exception as error:  # of SQLAlchemy, of a driver, of the file system
            raise UsageError(f"storage: cannot be opened: {one_line(error)}") from None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, job: Job) -> Result | None:
        """Gives back the result of a job that was made, failed or not; None if it was not."""
        return self._kept.get(job)

    def put(self, result: Result) -> None:
        """Keeps a result: it is on disk once this has come back."""
        trial = _optuna().trial
        is_sound = result.is_sound
        state = trial.TrialState.COMPLETE if is_sound else trial.TrialState.FAIL
        made = trial.create_trial(
            state=state,
            value=result.score if is_sound else None,
            **_parameters(result.job),
            user_attrs=_attributes(result),
        )
        self._study.add_trial(made)
        self._kept[result.job] = result

    def meta(self) -> Mapping[str, Any]:
        """Gives back what was noted of the study as a whole."""
        return dict(self._study.user_attrs)

    def note(self, name: str, value: Any) -> None:
        """Notes something of the study as a whole; JSON, as Optuna keeps it."""
        self._study.set_user_attr(name, value)


def _numbered(url: str, name: str, *, resume: bool) -> str:
    """The last study of a name, or one more."""
    known = set(_optuna().get_all_study_names(storage=url))
    count = sum(f"{name}-{i + 1}" in known for i in range(len(known)))
    return f"{name}-{max(1, count if resume else count + 1)}"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise UsageError("optuna is not installed: pip install 'valgap[optuna]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _parameters(job: Job) -> dict[str, Any]:
    """A parameter a remedy, that Optuna's dashboard can tell what each is worth."""
    optuna = _optuna()
    flag = optuna.distributions.IntDistribution(0, 1)
    fold = optuna.distributions.IntDistribution(0, MOST_FOLDS)
    params = {**dict.fromkeys(job.arms, 1), "fold": job.fold}
    return {
        "params": params,
        "distributions": {**dict.fromkeys(job.arms, flag), "fold": fold},
    }


def _attributes(result: Result) -> dict[str, Any]:
    job = result.job
    return {
        "arms": list(job.arms),
        "fold": job.fold,
        "seed": job.seed,
        "phase": job.phase,
        "seconds": result.seconds,
        "error": result.error,
        "predictions": result.predictions,
    }


def _read(trial: Any) -> Iterable[Result]:
    """The result in a trial; none in one that somebody else put into the study."""
    told = trial.user_attrs
    try:
        phase: Phase = told["phase"]
        job = Job(tuple(told["arms"]), int(told["fold"]), int(told["seed"]), phase)
        score = trial.values[0] if trial.values else None
        if score is not None and not math.isfinite(score):
            score = None
        yield Result(job, score, told["seconds"], told["error"], told["predictions"])
    except (KeyError, TypeError, ValueError):
        return
