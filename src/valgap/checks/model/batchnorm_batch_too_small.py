"""MOD107: batches so small that their statistics are mostly chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from valgap.case import Case
from valgap.checks.batch_statistics import HALF, Deficit, deficits
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.learning import has_failed, learns_poorly, lost_skill, skill_lines
from valgap.checks.outcome import GOOD, outcome
from valgap.evidence.records import DataRecord, LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope, Status
from valgap.registry import check
from valgap.wording import figure, percent, plural

# ResNet-50 on ImageNet errs on 23.6 % with 32 pictures a batch, 24.8 % with 8, 27.3 % with 4
# and 34.7 % with 2 (Wu and He 2018): at 8 a point is lost, from 4 on it is felt.
SMALL = 4
# A variance over so few values is off by half of itself or more by chance: root of 2 / (n - 1).
HANDFUL = 8
# Of a mean over fewer values a tenth of their spread or more is chance: one over the root of n.
FEW = 100

_LAYERS = ("Conv2D", "BatchNormalization", "Conv2D", "BatchNormalization", "Flatten", "Dense")


def _example(batch: int, shift: float, score: float) -> Case:
    rows: Any = {"batch-statistics": shift}
    loss = [0.9 - 0.03 * i for i in range(12)]
    return example_case(
        loss=loss,
        val_loss=[value + shift + 0.04 for value in loss],
        rows=rows,
        closes={"training": 0.1, "inference": 0.12},
        layers=_LAYERS,
        changes={"train": DataRecord("train", "numpy", 1408, batch, -(-1408 // batch))},
        measured_model={"predictions": scored(score, score - 0.03)},
        measured_rows={"references": referenced(0.8)},
    )


@check(
    code="MOD107",
    name="batchnorm-batch-too-small",
    family="MOD",
    severity="error",
    needs=("batch-statistics", "predictions"),
    fires_on=lambda: _example(2, 1.4, 0.45),
    silent_on=lambda: _example(64, 0.01, 0.88),
)
def batchnorm_batch_too_small(case: Case) -> Iterable[Finding]:
    """Batch normalisation goes by batches of so few rows that their statistics are chance.

    What it looks for: trained batch normalisation and batches of at most four rows, where
    training rows are learned poorly, or score much worse under moving statistics than under
    those of their batch and no re-estimated statistics mend it (so they neither lag nor are
    shifted by dropout). Over a single value the result is always 0. Suspected too where
    statistics over a handful of values double the loss of training rows or more, which the
    same weights tell well under moving ones, or where what moving statistics remember is less than
    a hundred values and re-estimated ones do better, and validation is short of nine tenths of
    its skill.

    Why it matters: in training each row is measured by its few neighbours in the batch. What is
    learned so holds for those neighbours, and is not there in inference mode.

    What to do: larger batches; else group or layer normalisation, which do not look at the
    batch.

    References: Wu and He, Group Normalization, ECCV 2018, table 2; Ioffe, Batch
    Renormalization, 2017.
    """
    batch = case.fit.train.batch_size
    layers = _trained(case)
    if not batch or not layers or batch > SMALL:
        return
    measured = deficits(case)
    found = [deficit for deficit in measured if not _is_closed(deficit)]
    few = _few_remembered(case, layers, batch) if measured and not found else None
    # MOD106 or MOD108 to the end, or nothing else; in the first epochs all statistics lag.
    is_lag = len(found) < len(measured) and (found or not _is_only_at_first(case, measured))
    if is_lag and few is None:
        return
    single = next((layer for layer in layers if _values(layer, batch) == 1), None)
    status = _status(case, found, single)
    if status is None and (few or _is_noise_in_training(case, layers, batch)):
        status = "suspected"
    if status is not None:
        yield _finding(case, batch, found, status, few)


def _trained(case: Case) -> tuple[LayerRecord, ...]:
    return case.layers(lambda layer: layer.kind == "batch-statistics" and layer.trainable)


def _is_good(case: Case) -> bool:
    told = outcome(case).validation
    return told is None or told.value >= GOOD


def _few_remembered(case: Case, layers: Iterable[LayerRecord], batch: int) -> float | None:
    """Gives back how many values moving statistics stand on, of the layer with the fewest.

    A mean that keeps the share m at each step has the variance of one over (1 + m) / (1 - m)
    batches. None where they are many, not known, or the fit does well.
    """
    known = [
        n * (1 + m) / (1 - m)
        for layer in layers
        if isinstance(m := layer.config.get("momentum"), float)
        and 0 <= m < 1
        and (n := _values(layer, batch)) is not None
    ]
    fewest = min(known, default=FEW)
    return fewest if fewest < FEW and not _is_good(case) else None


def _is_only_at_first(case: Case, found: Iterable[Deficit]) -> bool:
    last = max((made.epoch for made in case.reestimations()), default=0)
    return all(deficit.epoch < last for deficit in found)


def _is_closed(deficit: Deficit) -> bool:
    shares = (deficit.closed_by(deficit.training), deficit.closed_by(deficit.inference))
    return any(share is not None and share >= HALF for share in shares)


def _values(layer: LayerRecord, batch: int) -> int | None:
    """Gives back over how many values each statistic is taken, None where not known."""
    shape = layer.output_shape
    if shape is None or any(n is None for n in shape):
        return None
    return batch * math.prod(n or 1 for n in shape[:-1])


def _status(case: Case, found: list[Deficit], single: LayerRecord | None) -> Status | None:
    if single is not None and has_failed(case):
        return "confirmed"
    if any(deficit.training and deficit.inference for deficit in found):
        return "confirmed"
    return "suspected" if found or learns_poorly(case) else None


def _is_noise_in_training(case: Case, layers: Iterable[LayerRecord], batch: int) -> bool:
    """Tells statistics over a handful of values that make training rows far worse.

    The same rows and weights score well under moving statistics: what the batch adds is noise,
    and gradients are taken through it.
    """
    values = [n for layer in layers if (n := _values(layer, batch)) is not None]
    if not values or min(values) > HANDFUL or _is_good(case):
        return False
    last = max((made.epoch for made in case.reestimations()), default=None)
    made = next((r for r in case.reestimations() if r.epoch == last), None)
    return made is not None and made.train_batch - made.train_moving >= HALF * abs(made.train_batch)


def _finding(
    case: Case,
    batch: int,
    found: list[Deficit],
    status: Status,
    few: float | None,
) -> Finding:
    layers = _trained(case)
    names = ", ".join(dict.fromkeys(layer.cls for layer in layers))
    error = math.sqrt(2 / (batch - 1)) if batch > 1 else math.inf
    chance = f"off by {percent(error)} by chance" if math.isfinite(error) else "always 0"
    size = max([d.size / d.level for d in found if d.level > 0], default=0.5 * lost_skill(case))
    return batchnorm_batch_too_small.finding(
        case,
        severity="error" if status == "confirmed" else "warning",
        status=status,
        message=f"batch-norm over {plural(batch, 'row')} a batch: too few for its statistics",
        observed=Observed(float(batch), "rows a batch"),
        expected=Expected(">", float(SMALL), "Wu and He 2018, table 2"),
        size=min(1.0, size),
        scope=Scope(layer=f"{names} x{len(layers)}"),
        evidence=(
            f"a variance over {plural(batch, 'row')} is {chance}",
            *_memory_line(few),
            *map(_deficit_line, found[:1]),
            *skill_lines(case),
            *([] if status == "confirmed" else ["training with 16 rows a batch would settle it"]),
        ),
        help="batches of 16 or more, or GroupNormalization",
        remedies=("larger-batches", "group-normalisation"),
        # Statistics that are chance are mended by re-estimation as such that lag are.
        explains=("CUR102", "CUR103", "CUR104", "EVL109", *(("MOD106",) if few else ())),
    )


def _memory_line(few: float | None) -> list[str]:
    if few is None:
        return []
    return [
        f"moving statistics stand on the last {few:.0f} values, of which a mean is off by "
        f"{percent(1 / math.sqrt(few))} of their spread by chance"
    ]


def _deficit_line(deficit: Deficit) -> str:
    made = deficit.either
    return (
        f"training rows score {figure(made.train_batch)} under statistics of the batch, "
        f"{figure(made.train_moving)} under moving ones, {figure(made.train_after)} re-estimated"
    )
