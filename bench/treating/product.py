"""Small studies on the product's own trainings of a Keras model, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from diagnosis import makers
from numpy.typing import NDArray

from treating.called import recorded
from treating.small import METRIC, NOTHING, without_effect
from valgap.treatment.engines.pool import pool_of
from valgap.treatment.engines.training import train
from valgap.treatment.engines.work import Work, write_work
from valgap.treatment.jobs import Floats, Job, Result
from valgap.treatment.plan import Plan

SCRIPT = """
import keras
import makers
import numpy as np

x, y = makers.rings(400, np.random.default_rng(0), noise=0.6)
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, activation="relu")])
model.add(keras.layers.Dense(2, activation="softmax"))
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[:300], y[:300], validation_data=(x[300:], y[300:]), epochs=3, verbose=0)
"""


def patient(folder: Path) -> Any:
    """Gives the recipe of the patient; it is recorded in the folder if it was not yet."""
    import cloudpickle

    if not list(folder.glob(".valgap/runs/*/fits/0/recipe.pkl")):
        recorded(folder, SCRIPT, copied=(Path(makers.__file__),))
    (path,) = folder.glob(".valgap/runs/*/fits/0/recipe.pkl")
    return cloudpickle.loads(path.read_bytes())


@dataclass
class Keras:
    """An engine of the product's trainings, without its processes."""

    work: Path
    folder: Path

    def run(self, jobs: Sequence[Job], until: float | None) -> Iterator[Result]:  # noqa: ARG002
        """Yields the result of each job."""
        yield from (train(self.work, job) for job in jobs)

    def pool(self, job: Job, x: NDArray[Any]) -> Floats:
        """Gives what a model of the last look makes of other rows."""
        import keras

        result = train(self.work, replace(job, phase="final"))  # the same again, to the bit
        model = keras.saving.load_model(Path(str(result.predictions)).with_suffix(".keras"))
        return np.asarray(model.predict(x, batch_size=4096, verbose=0), np.float64)


def keras_engine(
    recorded_in: Path, x: NDArray[Any], y: NDArray[Any], plan: Plan, folder: Path
) -> Keras:
    """Gives an engine for the recorded patient on other rows."""
    recipe, cut = patient(recorded_in), len(x) * 3 // 4
    parts = [(x[:cut], y[:cut]), (x[cut:], y[cut:])]
    splits = [replace(recipe.train, x=a, y=b) for a, b in parts]
    made = replace(recipe, train=splits[0], validation=splits[1])
    work = Work(pool_of(made), plan.folds, METRIC.name, "classes", None, folder)
    write_work(folder / "work.pkl", work)
    return Keras(folder / "work.pkl", folder)


def arms_of(folder: Path) -> list[str]:
    """Gives the remedies that the product tries on the patient, in its order."""
    from valgap.treatment.choosing import arms_in_order

    return arms_in_order(patient(folder), [], unsafe=False)


def register_nothing() -> None:
    """Makes remedies of what has provably no effect; see `NOTHING`."""
    from valgap.remedies.base import load_remedies, remedy
    from valgap.remedies.rows import with_training_rows

    load_remedies()

    def columns(name: str) -> Any:
        def vary(recipe: Any, option: str) -> Any:
            """Nothing that matters: see `without_effect`."""
            parts = {
                split: replace(rows, x=without_effect(f"{name}:{option}", rows.x))
                for split, rows in (("train", recipe.train), ("validation", recipe.validation))
            }
            return replace(recipe, **parts)

        return vary

    def moved(recipe: Any, option: str) -> Any:
        """Nothing that matters: rows are shuffled each epoch, wherever they are stored."""
        rng = np.random.default_rng([recipe.draw, int(option)])
        return with_training_rows(recipe, rng.permutation(recipe.train.count))

    for name in dict.fromkeys(arm.partition(":")[0] for arm in NOTHING):
        vary = moved if name == "moved-rows" else columns(name)
        remedy(name=name, treats=(), room="data", changed="nothing", options=("1", "2"))(vary)
