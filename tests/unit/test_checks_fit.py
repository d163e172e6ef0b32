"""FIT101 to FIT119: healthy fits stay silent, rivals are not named, harmless is said."""

import dataclasses
import math
import random
from collections.abc import Mapping

import pytest

from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, estimate, references, regressed
from valgap.evidence.model import HeadRecord, LayerMeasured, RateMeasured, RateStep
from valgap.evidence.records import CallbackRecord, DataRecord, EpochRecord, LayerRecord
from valgap.evidence.rows import InputRecord, TargetRecord
from valgap.finding import NotRun
from valgap.ranking import stands
from valgap.registry import load_checks, run_check

CHECKS = {c.code: c for c in load_checks() if c.family == "FIT" and c.code != "FIT113"}
MULTIPLES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)
GOOD = (0.95, 0.93)
POOR = (0.40, 0.38)
FALLING = (2.30, 2.05, 1.82, 1.61, 1.42, 1.25, 1.10, 0.97, 0.86, 0.76, 0.67, 0.60)
FLAT = tuple(1.10 + 0.002 * (i % 3) for i in range(12))


def found(code, case):
    told = run_check(CHECKS[code], case)
    assert not (isinstance(told, NotRun) and told.detail), told.detail
    return () if isinstance(told, NotRun) else told


def one(code, case):
    (finding,) = found(code, case)
    return finding


def against(case):
    told = [f for code in CHECKS for f in found(code, case)]
    return [f.code for f in told if stands(f) and f.severity != "note"]


def made(train, validation, classes=3, reference=0.85):
    return {
        "rows": {"references": references(reference, validation, classes=classes)},
        "model": {"predictions": classified(train, validation, classes=classes)},
    }


def fit(score=POOR, *, rows=None, model=None, classes=3, reference=0.85, **changes):
    """An example with predictions and references, and what else was measured."""
    base = made(*score, classes=classes, reference=reference)
    return example_case(
        measured_rows={**base["rows"], **(rows or {})},
        measured_model={**base["model"], **(model or {})},
        **changes,
    )


def bowl(at, rate, before, best, gain, signal=None):
    """Losses after one step: a parabola in the rate with its lowest point at `best`."""
    losses = [before * (1 - gain * (2 * m / best - (m / best) ** 2)) for m in MULTIPLES]
    steps = tuple(RateStep(m, loss) for m, loss in zip(MULTIPLES, losses, strict=True))
    return RateMeasured(at, rate, before, steps, best, signal)


def rates(rate=1e-3, start=10.0, end=1.0, gain=0.3, end_gain=0.02, signal=None):
    return {
        "rates": (
            bowl("start", rate, 1.2, start, gain, signal),
            bowl("end", rate, 0.9, end, end_gain, signal),
        )
    }


def running(losses, steps=20, wobble=0.02):
    """Running means of batches whose loss goes from each epoch's mean to the next."""
    told = {}
    for epoch, loss in enumerate(losses):
        batches = [loss + wobble * math.sin(9 * i + epoch) for i in range(steps)]
        told[epoch] = tuple(math.fsum(batches[: i + 1]) / (i + 1) for i in range(steps))
    return told


def layer(name="dense_1", **measured):
    return LayerMeasured(name, "Dense", has_weights=True, **measured)


def labels(encoding="classes", *, counts=None, **told):
    counts = {"0": 700, "1": 400, "2": 308} if counts is None else counts
    rows = sum(counts.values()) or 1408
    shape = (len(counts),) if encoding in ("one-hot", "flags") else ()
    return TargetRecord(
        "train", "y", encoding, shape, "int64", rows, 0.0, 2.0, whole_numbers=True,
        distinct=len(counts) or None, **{"counts": counts, **told},
    )  # fmt: skip


def numbers(low=-3.0, high=4.0, **told):
    return TargetRecord("train", "y", "numbers", (1,), "float32", 1408, low, high, 0.2, 1.1, 1300, **told)  # fmt: skip


def head(loss, activation="softmax", task="multiclass", units=3, logits=False):
    return HeadRecord("output", "dense_1", (units,), activation, loss, logits, task, (units,))


def stopping(**settings):
    return CallbackRecord(
        "EarlyStopping", {"monitor": "val_loss", "mode": "auto", "patience": 2, **settings}
    )


# Healthy fits.


def frozen_backbone():
    names = ("block1_conv1", "block1_conv2", "block2_conv1", "block5_conv3")
    layers = [LayerRecord(n, "Conv2D", n, "plain", False, 500_000) for n in names]
    return (*layers, LayerRecord("dense", "Dense", "dense", "plain", True, 1000))


HEALTHY = {
    "a good fit": lambda: fit(GOOD, model=rates(), learning_rates=[1e-3] * 12),
    "a high rate that works": lambda: fit(
        GOOD, model=rates(0.1, start=0.1, gain=0.02), learning_rates=[0.1] * 12,
        steps={0: (1.0, 3.5, 4.0)},
    ),
    "fine-tuning at a low rate": lambda: fit(
        GOOD, model={**rates(1e-5, 300.0, 100.0), "layers": (layer(moved=0.01),)},
        learning_rates=[1e-5] * 12,
    ),
    "imbalance with balanced weights": lambda: fit(
        GOOD, rows={"targets": (labels(counts={"0": 1300, "1": 108}),)},
        changes={"class_weight": {"0": 0.54, "1": 6.5}},
    ),
    "weights that favour a rare class on purpose": lambda: fit(
        (0.85, 0.82), rows={"targets": (labels(counts={"0": 1300, "1": 108}),)},
        changes={"class_weight": {"0": 1.0, "1": 50.0}},
    ),
    "a frozen backbone": lambda: fit((0.7, 0.68), layer_records=frozen_backbone()),
    "a frozen embedding": lambda: fit(
        layer_records=(
            LayerRecord("e", "Embedding", "e", "plain", False, 100_000),
            LayerRecord("d", "Dense", "d", "plain", True, 100),
        ),
    ),
    "cosine decay to nothing": lambda: fit(
        GOOD, model=rates(end=100.0, end_gain=0.1),
        learning_rates=[1e-3 * (1 + math.cos(math.pi * i / 11)) / 2 for i in range(12)],
    ),
    "early stopping on a plateau": lambda: fit(
        GOOD, loss=FLAT, val_loss=FLAT, rows_={}, callbacks=(stopping(),),
    ),
    "rows rounded down": lambda: fit(
        GOOD, changes={"train": DataRecord("train", "arrays", 1410, 64, 22, shuffled=True)},
    ),
    "strong augmentation that helps": lambda: fit(
        (0.95, 0.94), rows_={"augmentation": -0.5}, loss=[v + 0.6 for v in FALLING],
    ),
    "an autoencoder of pictures": lambda: example_case(
        measured_rows={"targets": (numbers(0.0, 1.0),)},
        measured_model={
            "heads": (head("binary_crossentropy", "sigmoid", "regression", 784),),
            "predictions": regressed(0.4, 0.38),
        },
    ),
    "a squared error behind a softmax that learns": lambda: fit(
        (0.93, 0.92), rows={"targets": (labels("one-hot"),)},
        model={"heads": (head("mean_squared_error"),)},
    ),
    "a regression of ratings": lambda: example_case(
        compiled={"metrics": ("'mae'",), "loss": "mse"},
        measured_rows={"targets": (labels(),)},
        measured_model={
            "heads": (head("mean_squared_error", "linear", "regression", 1),),
            "predictions": regressed(0.55, 0.54),
        },
    ),
    "a task with nothing in it": lambda: fit((0.40, 0.34), reference=1 / 3, model=rates()),
    "a fit of which nothing was measured": lambda: example_case(),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_fit_stays_silent(name, monkeypatch):
    original = example_case

    def renamed(**changes):
        changes["rows"] = changes.pop("rows_", changes.get("rows", {"noise-layers": -0.03}))
        return original(**changes)

    monkeypatch.setitem(globals(), "example_case", renamed)
    assert against(HEALTHY[name]()) == []
