"""Optuna proposes rate, decay and batch size of the plain baseline."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from valgap.remedies.catalogue.tuned_baseline import BATCHES, DECAYS, NAME, RATES, arm_of
from valgap.treatment.store import optuna_module

# Proposals drawn at random before any is learned from.
AT_RANDOM = 8

__all__ = ["NAME", "OptunaTuner"]


class OptunaTuner:
    """A `Tuner`: TPE over three settings at once (Bergstra et al., NeurIPS 2011).

    Args:
        seed: of what it draws; with the same seed and the same gains it proposes the same.
    """

    def __init__(self, seed: int) -> None:
        optuna = optuna_module()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = optuna.samplers.TPESampler(
                seed=seed, n_startup_trials=AT_RANDOM, multivariate=True
            )
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._open: dict[str, list[Any]] = defaultdict(list)

    def ask(self, count: int) -> Sequence[str]:
        """See `Tuner.ask`."""
        return [self._asked() for _ in range(count)]

    def tell(self, arm: str, gain: float | None) -> None:
        """See `Tuner.tell`."""
        trial = self._open[arm].pop(0)
        if gain is None:
            self._study.tell(trial, state=optuna_module().trial.TrialState.FAIL)
        else:
            self._study.tell(trial, gain)

    def _asked(self) -> str:
        trial = self._study.ask()
        rate = trial.suggest_float("rate", *RATES, log=True)
        decay = trial.suggest_categorical("decay", DECAYS)
        batch = trial.suggest_categorical("batch", BATCHES)
        arm = arm_of(rate, decay, batch)
        self._open[arm].append(trial)
        return arm
