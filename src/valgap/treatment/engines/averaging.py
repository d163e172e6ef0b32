"""One model out of several: the mean of what they predict, without anything of ours in its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from valgap.evidence.whole import put_whole
from valgap.experiments.change import with_rows
from valgap.observe.describe import one_line
from valgap.observe.safe_mode import safe_mode
from valgap.treatment.engines.keeping import file_of
from valgap.treatment.engines.work import read_work
from valgap.treatment.jobs import Floats
from valgap.treatment.metrics import Of

LOOKED_AT = 64


def average(work: Path, members: Sequence[Path], out: Path) -> str | None:
    """Writes the mean of saved models as one; gives back why there is none. Runs in a worker.

    Means are of probabilities. Where the members give logits so does their mean, so that it can
    stand in their place: logits of the mean of their probabilities.

    Args:
        work: the file that tells of the study.
        members: `.keras` files, of one architecture.
        out: the file to write.

    Raises:
        OSError: if it cannot be written.
    """
    import keras

    study = read_work(work)
    try:
        with safe_mode(on=False):  # lambdas of the user's own script
            models = [keras.saving.load_model(path, compile=False) for path in members]
        every = study.pool.every
        few = with_rows(every, np.arange(min(LOOKED_AT, every.count)))
        predicted = np.asarray(models[0].predict(few.x, verbose=0), np.float64)
        made = _averaged(models, what_is_given(predicted, study.judged_by.of))
    except Exception as error:  # a model of the user's own class has no symbolic inputs, say
        return one_line(error)
    if (file := file_of(made)) is None:
        return "it cannot be saved"
    put_whole(out, file)
    return None


def what_is_given(predicted: Floats, of: Of) -> Literal["means", "softmax", "sigmoid"]:
    """Gives back whether predictions can be averaged as they are, or are logits of which kind.

    Args:
        predicted: rows x classes or values.
        of: what they are judged as.
    """
    one = predicted.shape[-1] == 1
    is_share = bool(np.isfinite(predicted).all() and predicted.min() >= 0 and predicted.max() <= 1)
    sums_to_one = one or bool(np.abs(predicted.sum(-1) - 1).max() < 1e-3)
    if of == "values" or (is_share and sums_to_one):
        return "means"
    return "sigmoid" if one else "softmax"


def _averaged(models: Sequence[Any], given: str) -> Any:
    import keras
    from keras import layers, ops

    for i, model in enumerate(models):
        model.name = f"seed_{i + 1}"  # names of layers are to differ
    # A Sequential has its inputs in a list alone.
    is_sequential = isinstance(models[0], keras.Sequential)
    given_in = models[0].inputs[0] if is_sequential else models[0].input
    inputs = keras.tree.map_structure(_like, given_in)
    outputs = [model(inputs) for model in models]
    if given == "means":
        return keras.Model(inputs, layers.Average(name="mean")(outputs), name="ensemble")
    turned = layers.Softmax() if given == "softmax" else layers.Activation("sigmoid")
    mean = layers.Average(name="mean")([turned(each) for each in outputs])
    mean = ops.clip(mean, 1e-7, 1 - 1e-7)
    logits = ops.log(mean) if given == "softmax" else ops.log(mean) - ops.log(1 - mean)
    return keras.Model(inputs, logits, name="ensemble")


def _like(tensor: Any) -> Any:
    import keras

    return keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
