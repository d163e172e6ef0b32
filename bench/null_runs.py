"""Prints how often two identical fits are called an effect: nominally 5 of 100 times.

A small network on a made-up table is fitted with seeds fixed beforehand, one set of seeds as
patient and another as remedy, so that both differ by noise alone. Each comparison of six
pairs is judged as `valgap compare` answers, and as an experiment of `valgap confirm` is
(as if a rival cause had been excluded and nothing were missing, which lets most pass).

    python bench/null_runs.py --comparisons 100
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import binomtest
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score

from valgap.comparison.answer import answered
from valgap.experiments.verdict import Pairs, judged, pairs_needed

PAIRS = pairs_needed(1)
MOST = 9  # of 100: with 5 % each, more come out in 3 of 100 benches
TRAIN, VALIDATION, EPOCHS = 200, 200, 3


def main() -> None:
    """Makes the fits and prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=100, help="how many [100]")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    began, fits = time.monotonic(), 2 * PAIRS * options.comparisons
    scores = skills(fits)
    found = [Pairs("skill", patient, remedied) for patient, remedied in sides(scores)]
    answers = [answered(pairs).answer for pairs in found]
    reasons = [answered(pairs).reason for pairs in found]
    verdicts = [judged(pairs, "up", deficit=0.0, excluded=("rival",))[0] for pairs in found]
    seconds = time.monotonic() - began
    table = Table(title=f"{len(found)} null comparisons of {PAIRS} pairs, {seconds:.0f} s")
    for column in ("judged as", "called an effect", "95 % interval (Wilson)", "other answers"):
        table.add_column(column)
    called = [a == "yes" or "worse" in r for a, r in zip(answers, reasons, strict=True)]
    told = [f"no ({r})" if a == "no" else a for a, r in zip(answers, reasons, strict=True)]
    table.add_row("valgap compare", *shares(called), counts(told))
    table.add_row("valgap confirm", *shares([v == "confirmed" for v in verdicts]), counts(verdicts))
    Console().print(table, f"standard deviation over seeds: {np.std(scores, ddof=1):.3f} of skill")
    Console().print(f"at most {MOST} of 100: {'kept' if sum(called) <= MOST else 'BROKEN'}")


def sides(scores: Sequence[float]) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Gives back the scores of patients and remedies of each comparison, no fit used twice."""
    parts = np.reshape(scores, (-1, 2, PAIRS))
    return [(tuple(patient.tolist()), tuple(remedied.tolist())) for patient, remedied in parts]


def skills(fits: int) -> list[float]:
    """Gives back the skill on validation rows of as many fits, with seeds 1, 2, 3 and so on."""
    import keras

    x, y = make_classification(TRAIN + VALIDATION, 12, n_informative=6, flip_y=0.1, random_state=0)
    x = x.astype("float32")
    found = []
    model = _model()
    for seed in track(range(1, fits + 1), "fits", console=Console(stderr=True)):
        keras.utils.set_random_seed(seed)
        fresh = keras.models.clone_model(model)  # draws its weights anew
        model.set_weights(fresh.get_weights())
        for variable in model.optimizer.variables:
            if variable.path.rpartition("/")[2] != "learning_rate":
                variable.assign(np.zeros(variable.shape))
        model.fit(x[:TRAIN], y[:TRAIN], batch_size=16, epochs=EPOCHS, verbose=0)
        chosen = np.asarray(model(x[TRAIN:])) > 0.5
        found.append(2 * float(balanced_accuracy_score(y[TRAIN:], chosen)) - 1)
    return found


def _model() -> object:
    """One model for all fits: its graph is traced once."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def shares(called: Sequence[bool]) -> tuple[str, str]:
    """Gives back how many of how many, and the interval of the share."""
    ends = binomtest(sum(called), len(called)).proportion_ci(method="wilson")
    return f"{sum(called)} of {len(called)}", f"{ends.low:.1%} to {ends.high:.1%}"


def counts(answers: Sequence[str]) -> str:
    """Gives back how often each answer was given."""
    return ", ".join(f"{answers.count(a)} {a}" for a in dict.fromkeys(answers))


if __name__ == "__main__":
    main()
