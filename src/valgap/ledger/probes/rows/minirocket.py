"""MiniRocket with a ridge classifier for series, by aeon where it is installed.

aeon compiles MiniRocket at its first use, which takes a minute: too long within a report. It
is used once that has been done; `python -m valgap.ledger.probes.rows.minirocket` does it.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
from pathlib import Path
from typing import Any

import numpy as np

from valgap.ledger.probes.rows.arrays import Array, Floats, as_floats, numeric
from valgap.ledger.probes.rows.clock import NotApplicableError
from valgap.ledger.probes.rows.prepared import Part
from valgap.ledger.probes.rows.study import Study
from valgap.observe.sources.nested import named_leaves

_AEON = "aeon.transformations.collection.convolution_based"
KERNELS = 2000
MOST_VALUES = 16 * 2**20
MOST_FEATURES, MOST_STEPS, LEAST_STEPS = 32, 512, 9
_COMMAND = "python -m valgap.ledger.probes.rows.minirocket"


def minirocket_scores(study: Study) -> Floats:
    """Returns scores of the validation rows by MiniRocket and ridge on the training rows.

    Raises:
        NotApplicableError: where there is no series, no aeon, or no time.
    """
    train, validation = study.prepared.alike()
    series = _series(study, train)
    if series is None:
        raise NotApplicableError("there is no series among the inputs")
    if study.task == "multilabel":
        raise NotApplicableError("MiniRocket is not used for several labels a row")
    if importlib.util.find_spec("aeon") is None:
        raise NotApplicableError("aeon is not installed")
    transform = _transform()
    if not study.clock.has(0.5):
        raise NotApplicableError("no time left")
    held_out = _series(study, validation)
    assert held_out is not None
    both = np.concatenate([series, held_out])
    python, numpys = random.getstate(), np.random.get_state()
    try:  # aeon seeds the global state of NumPy
        made = transform.fit(series).transform(both)
    finally:
        random.setstate(python)
        np.random.set_state(numpys)
    features = np.nan_to_num(np.asarray(made, dtype=np.float64))
    return _ridge(study, features[: len(series)], features[len(series) :])


def _series(study: Study, part: Part) -> Array | None:
    """The largest input that is a series, as (rows, features, steps) with gaps filled."""
    named = named_leaves(part.table.x, "x")
    found = [numeric(leaf) for name, leaf in named if study.prepared.kinds.get(name) == "series"]
    arrays = [a for a in found if a is not None and a.shape[1] >= LEAST_STEPS]
    if not arrays:
        return None
    array = max(arrays, key=lambda a: a[0].size)[study.answers.truth[part.split].known]
    steps, features = array.shape[1:]
    array = array[:, :: max(1, steps // MOST_STEPS)]
    array = array[..., np.linspace(0, features - 1, min(features, MOST_FEATURES)).astype(int)]
    # Another order of the axes in memory would be compiled anew.
    ordered = np.ascontiguousarray(as_floats(array).transpose(0, 2, 1))
    return np.asarray(np.nan_to_num(ordered, posinf=0.0, neginf=0.0))


def _transform() -> Any:
    aeon = importlib.import_module(_AEON)
    for step in ("_static_transform_uni", "_static_transform_multi"):
        cache = Path(getattr(aeon._minirocket, step)._cache.cache_path)
        if not any(cache.glob(f"*{step}*.nbi")):
            raise NotApplicableError(f"MiniRocket is not compiled yet, once: {_COMMAND}")
    return aeon.MiniRocket(n_kernels=KERNELS, random_state=0, n_jobs=1)


def _ridge(study: Study, x: Floats, new: Floats) -> Floats:
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV
    from sklearn.preprocessing import StandardScaler

    y, scaler = study.y["train"], StandardScaler().fit(x)
    x, new = scaler.transform(x), scaler.transform(new)
    alphas = np.geomspace(1e-1, 1e5, 7)
    if study.task == "regression":
        return np.asarray(RidgeCV(alphas).fit(x, y).predict(new)).reshape(len(new), -1)
    model = RidgeClassifierCV(alphas).fit(x, y)
    given = np.asarray(model.decision_function(new)).reshape(len(new), -1)
    if given.shape[1] == 1:
        given = np.concatenate([-given, given], axis=1)
    scores = np.full((len(new), study.answers.width), float(given.min()) - 1)
    scores[:, model.classes_] = given
    return scores


def compile_once() -> None:
    """Makes aeon compile what MiniRocket needs, for one feature and for several."""
    aeon = importlib.import_module(_AEON)
    for features in (1, 2):
        some = np.random.default_rng(0).normal(size=(4, features, 16)).astype(np.float32)
        aeon.MiniRocket(n_kernels=KERNELS, random_state=0, n_jobs=1).fit(some).transform(some)


if __name__ == "__main__":
    compile_once()
