"""What MOD106 and MOD108 share: a deficit of the moving statistics, and what closes it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from valgap.case import Case, finite, gap, measured
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.evidence.account import Account, Reestimation
from valgap.wording import figure, places, plural, shown_epoch

# The half of a deficit that a confirmed cause must make up: DESIGN section 6.
HALF = 0.5
# A figure of clean rows further from the logged one than this is told beside it.
SAME = 0.01
# Below a fifth of the loss the row is left to the ledger: it is felt in no decision, and
# healthy runs of small batches reach a tenth.
LARGE = 0.2
# After three time constants 5 % of the start of an exponential mean is left: e**-3.
START_UP_CONSTANTS = 3


@dataclass(frozen=True, slots=True)
class Deficit:
    """How much worse training rows score under moving statistics, at one epoch.

    `size` is in units of the loss, `level` the loss that it is judged against, `closed_by`
    the share of it that re-estimation closes, by condition.
    """

    account: Account | None
    training: Reestimation | None
    inference: Reestimation | None
    size: float
    level: float

    @property
    def epoch(self) -> int:
        """The epoch, from 0."""
        return self.either.epoch

    @property
    def either(self) -> Reestimation:
        """One of the two re-estimations; what was before it is the same in both."""
        made = self.training or self.inference
        assert made is not None
        return made

    @property
    def delta(self) -> float:
        """The smallest change of the loss that matters here."""
        return DELTA_OF_LOSS * self.level

    def closed_by(self, made: Reestimation | None) -> float | None:
        """Gives back the share of the deficit that a re-estimation closes."""
        return -made.closed.value / self.size if made else None

    def is_closed_clearly(self, made: Reestimation | None) -> bool:
        """Tells whether the interval of what was closed lies beyond delta."""
        return made is not None and finite(made.closed.high) and made.closed.high < -self.delta


def deficits(case: Case) -> list[Deficit]:
    """Gives back the material deficits over the epochs with an account, the largest first."""
    epochs = sorted({made.epoch for made in case.reestimations()})
    found = [d for epoch in epochs if (d := _deficit(case, epoch)) and _is_material(d)]
    return sorted(found, key=lambda d: -d.size)


def _deficit(case: Case, epoch: int) -> Deficit | None:
    found = {made.condition: made for made in case.reestimations() if made.epoch == epoch}
    either = found.get("training") or found.get("inference")
    account = next((a for a in case.accounts() if a.epoch == epoch), None)
    if either is None or either.train_moving <= either.train_batch:
        return None
    size = either.train_moving - either.train_batch
    held_out = account.validation if account and finite(account.validation) else None
    level = max(abs(either.train_moving), abs(held_out or 0.0))
    return Deficit(account, found.get("training"), found.get("inference"), size, level)


def _is_material(deficit: Deficit) -> bool:
    """Tells a large deficit beyond its interval that makes half of the gap or the figure."""
    if deficit.size < LARGE * deficit.level or not _is_clear(deficit):
        return False
    between = gap(deficit.account) if deficit.account else None
    if deficit.account is None or between is None:
        return deficit.size >= HALF * deficit.either.train_moving
    return deficit.size >= HALF * min(abs(between), abs(deficit.account.validation or math.inf))


def _is_clear(deficit: Deficit) -> bool:
    """Tells a deficit that is no chance of rows: by its row, or as re-estimation closes it.

    The row's interval is over batches, of which a sample may hold few.
    """
    row = measured(deficit.account, "batch-statistics") if deficit.account else None
    if row is None or row.low is None or row.low > 0:
        return True
    return any(map(deficit.is_closed_clearly, (deficit.training, deficit.inference)))


def figures(made: Reestimation) -> tuple[str, float, float]:
    """Gives back name, value before and value after of the figure a reader looks at."""
    if finite(made.validation_before) and finite(made.validation_after):
        return "val_loss", made.validation_before, made.validation_after
    return "training rows", made.train_moving, made.train_after


def measured_lines(case: Case, deficit: Deficit, made: Reestimation) -> list[str]:
    """Gives back what was measured, as sentences."""
    name, before, after = figures(made)
    d = places([before])
    where = shown_epoch(deficit.epoch, case.fit)
    logged = case.history("val_loss").get(deficit.epoch)
    is_other = name == "val_loss" and finite(logged) and abs(before - logged) > SAME * abs(logged)
    as_logged = f" (on clean rows; logged {figure(logged, d)})" if is_other else ""
    lines = [
        f"{where}: {name} {figure(before, d)}{as_logged}; the training rows score "
        f"{figure(made.train_moving, d)} the same way, {figure(made.train_batch, d)} under "
        "statistics of the batch",
        f"re-estimated, no weight changed: {name} {figure(after, d)}, "
        f"training rows {figure(made.train_after, d)}",
    ]
    return lines + affected_epochs(case)


def affected_epochs(case: Case) -> list[str]:
    """Gives back the sentence that says in which epochs the row is large."""
    over = large_epochs(case)
    traced = len(case.trace("batch-statistics"))
    if not over or traced < 2:
        return []
    shown = ", ".join(str(epoch + 1) for epoch in over[:12]) + (", ..." if len(over) > 12 else "")
    return [f"the row is half of val_loss or more in {len(over)} of {traced} epochs: {shown}"]


def large_epochs(case: Case) -> list[int]:
    """Gives back the traced epochs in which the row makes half of the validation loss."""
    logged = case.history("val_loss")
    rows = case.trace("batch-statistics")
    return [e for e, delta in rows.items() if e in logged and delta >= HALF * abs(logged[e]) > 0]


def time_constant(case: Case) -> float | None:
    """Gives back the steps over which the slowest moving statistics forget."""
    layers = case.layers(lambda layer: layer.kind == "batch-statistics" and layer.trainable)
    momenta = [m for layer in layers if isinstance(m := layer.config.get("momentum"), float)]
    return 1 / (1 - max(momenta)) if momenta and 0 <= max(momenta) < 1 else None


def steps_taken(case: Case, epoch: int) -> int | None:
    """Gives back the steps of the fit up to the end of an epoch."""
    train = case.fit.train
    steps = train.steps
    if not steps and train.rows and train.batch_size:
        steps = math.ceil(train.rows / train.batch_size)
    first = min((e.epoch for e in case.fit.epochs), default=0)
    return steps * (epoch - first + 1) if steps else None


def steps_lines(case: Case, epochs: Iterable[int]) -> list[str]:
    """Gives back steps against the time constant, for the first epoch and for the last.

    A description, never the test: statistics lag early, and late where weights move fast.
    """
    ends = sorted(set(epochs))
    lines = [_steps_line(case, epoch) for epoch in dict.fromkeys((ends[0], ends[-1]))]
    return [line for line in lines if line]


def _steps_line(case: Case, epoch: int) -> str:
    steps, constant = steps_taken(case, epoch), time_constant(case)
    if steps is None or constant is None:
        return ""
    is_early = steps < START_UP_CONSTANTS * constant
    told = "the start is not forgotten yet" if is_early else "they trail weights that move"
    where = shown_epoch(epoch, case.fit)
    return f"{where}: {plural(steps, 'step')} against a time constant of {constant:.0f}; {told}"


def named_layers(case: Case) -> str:
    """Gives back the layers in question, as in `BatchNormalization() x5`."""
    layers = case.layers(lambda layer: layer.kind == "batch-statistics")
    names = dict.fromkeys(layer.cls for layer in layers)
    return ", ".join(f"{n}() x{sum(layer.cls == n for layer in layers)}" for n in names)


def has_noise_upstream(case: Case) -> bool:
    """Tells whether a noise layer stands before a layer of batch statistics."""
    kinds = [layer.kind for layer in case.fit.model.layers]
    last = max((i for i, kind in enumerate(kinds) if kind == "batch-statistics"), default=0)
    return "noise" in kinds[:last] or "unknown" in kinds[:last]
