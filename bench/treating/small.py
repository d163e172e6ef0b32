"""Small studies on rings with noise, whose fits are real and made in this process.

Two engines: that of the product (a Keras model, a second a fit), and scikit-learn's network (a
hundredth of one), for as many studies as it takes to tell 95 from 90 %.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from diagnosis import makers
from numpy.typing import NDArray

from valgap.treatment.jobs import Floats, Job, Result
from valgap.treatment.metrics import METRICS, Metric
from valgap.treatment.plan import Plan
from valgap.treatment.setting import PLACEBO

NOISE, POOL = 0.6, 20_000
METRIC: Metric = METRICS["balanced_accuracy"]
PATIENT: Mapping[str, Any] = {
    "hidden_layer_sizes": (16,), "learning_rate_init": 0.01, "max_iter": 3, "batch_size": 32,
    "alpha": 1e-4,
}  # fmt: skip
# What is true of the patient may be bettered by some of these, and is not by others.
REAL: Mapping[str, Mapping[str, Any]] = {
    "more-epochs:2": {"max_iter": 6},
    "more-epochs:4": {"max_iter": 12},
    "larger-model:4": {"hidden_layer_sizes": (64,)},
    "raise-learning-rate:3": {"learning_rate_init": 0.03},
    "lower-learning-rate:0.3": {"learning_rate_init": 0.003},
    "smaller-batches:4": {"batch_size": 8},
    "larger-batches:4": {"batch_size": 128},
    "weight-decay:1": {"alpha": 1.0},
    "smaller-model:0.25": {"hidden_layer_sizes": (4,)},
}
# Provably without effect: a fresh network treats all columns alike, a weight and its negative
# too, and rows are shuffled each epoch. Each still moves results as far as another seed does.
NOTHING = tuple(
    f"{what}:{i}" for i in (1, 2) for what in ("permuted-columns", "negated-columns", "moved-rows")
)


def rings(rows: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Gives rows of two classes in rings around each other that noise has blurred."""
    x, y = makers.rings(rows, np.random.default_rng([seed, 77]), noise=NOISE)
    return x, y.astype(np.int64)


def without_effect(arm: str, x: NDArray[Any]) -> NDArray[Any]:
    """Gives inputs as an arm of `NOTHING` has them; those of other arms as they are."""
    rng = np.random.default_rng(zlib.crc32(arm.encode()))
    if arm.startswith("permuted-columns"):
        return x[:, rng.permutation(x.shape[1])]
    if arm.startswith("negated-columns"):
        return x * rng.choice(np.array([-1, 1], x.dtype), x.shape[1])
    return x


@dataclass
class Networks:
    """An engine of scikit-learn's networks; `models` are those of the last look."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    plan: Plan
    folder: Path
    models: dict[Job, Any] = field(default_factory=dict)

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:  # noqa: ARG002
        """Yields the result of each job."""
        for job in jobs:
            yield self._result(job)

    def _result(self, job: Job) -> Result:
        fold = self.plan.folds[job.fold]
        model = self._fitted(job, fold.train)
        predicted: Floats = model.predict_proba(self._seen(job, self.x[fold.validation]))
        path = self.folder / f"{zlib.crc32(repr((job.arms, job.fold, job.seed)).encode())}.npy"
        np.save(path, predicted)
        if job.phase == "final":
            self.models[job] = model
        score = METRIC.score(self.y[fold.validation], predicted)
        return Result(job, score, 0.01, predictions=str(path))

    def _fitted(self, job: Job, train: NDArray[np.int64]) -> Any:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        settings, rows = dict(PATIENT), train
        for arm in job.arms:
            settings |= REAL.get(arm, {})
            if arm.startswith("moved-rows"):
                rows = np.random.default_rng(zlib.crc32(arm.encode())).permutation(rows)
        # A placebo has random numbers of its own, as with the engine of the product.
        named = "".join(arm for arm in job.arms if arm.startswith(PLACEBO))
        seed = (job.seed + (zlib.crc32(named.encode()) if named else 0)) % 2**31
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = MLPClassifier(random_state=seed, **settings)
            return model.fit(self._seen(job, self.x[rows]), self.y[rows])

    def _seen(self, job: Job, x: NDArray[Any]) -> NDArray[Any]:
        for arm in job.arms:
            x = without_effect(arm, x)
        return x

    def pool(self, job: Job, x: NDArray[Any]) -> Floats:
        """Gives what a model of the last look makes of other rows."""
        predicted: Floats = self.models[job].predict_proba(self._seen(job, x))
        return predicted
