"""FIT117: early stopping, or a cut of the rate, that fired for no good reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.example_outcomes import classified, references
from valgap.checks.layer_settings import number
from valgap.checks.learning import lost_skill, skill_lines
from valgap.checks.training_course import UNTRAINED, course, cut_short
from valgap.checks.trouble import falls_short
from valgap.evidence.account import EpochPair, Estimate
from valgap.evidence.directions import direction
from valgap.evidence.records import CallbackRecord
from valgap.finding import Expected, Finding, Observed
from valgap.registry import check
from valgap.wording import figure, percent, places, plural, signed

_Z95 = 1.96
# So few epochs are fewer than a patience would be (ten, or a tenth of the fit).
EARLY, FEW_EPOCHS = 0.1, 10

_FALLING = (2.30, 2.12, 1.95, 1.79, 1.64, 1.50, 1.37, 1.25, 1.14, 1.04, 0.95, 0.87)
_NOISY = (2.31, 2.14, 1.99, 1.82, 1.69, 1.52, 1.41, 1.30, 1.17, 1.08, 1.05, 1.06)


def _stopped() -> Case:
    return _case(1, "12", score=0.55)


def _ran_to_its_end() -> Case:
    return _case(20, "12", score=0.86)


def _case(patience: int, epochs: str, *, score: float) -> Case:
    stopping = CallbackRecord(
        "EarlyStopping", {"monitor": "val_loss", "mode": "auto", "patience": patience}
    )
    return example_case(
        loss=_FALLING,
        val_loss=_NOISY,
        rows={},
        callbacks=(stopping,),
        half_width=0.06,
        measured_rows={"references": references(0.85, score, classes=10)},
        measured_model={"predictions": classified(score, score, classes=10)},
        changes={"arguments": {"epochs": "100" if patience < 12 else epochs}},
    )


@check(
    code="FIT117",
    name="stopped-within-noise",
    family="FIT",
    severity="error",
    needs=("two-epochs",),
    fires_on=_stopped,
    silent_on=_ran_to_its_end,
)
def stopped_within_noise(case: Case) -> Iterable[Finding]:
    """Early stopping, or a cut of the rate, fired within noise or the wrong way round.

    What it looks for: a callback whose `mode` takes a loss for a score or a score for a loss,
    so that it acts while the figure improves; and a fit that `EarlyStopping` ended on a
    difference that the validation rows cannot tell from 0 while the training loss still
    fell, clearly and by much, and training rows are not yet learned.

    Why it matters: with a patience of one or two epochs chance ends the fit, for where the
    noise of validation exceeds what an epoch gains, nearly every other epoch is worse than
    the one before. With the wrong mode the worst epoch is the one that is kept.

    What to do: `mode="auto"`; a patience of ten epochs or a tenth of the fit, with
    `restore_best_weights=True`; more validation rows.

    References: Prechelt, Early Stopping - But When?, 1998; Keras documentation,
    EarlyStopping and ReduceLROnPlateau.
    """
    for callback in case.fit.callbacks:
        watch = _watch(case, callback)
        if watch is None:
            continue
        if watch.is_reversed and _has_acted(case, watch):
            yield _reversed(case, watch)
        elif not watch.is_reversed and _stopped_it(case, watch):
            told = _within_noise(case, watch)
            if told is not None and (cut_short(case) or _ended_at_once(case)):
                yield _too_soon(case, watch, told)


@dataclass(frozen=True, slots=True)
class _Watch:
    """A callback and the figure that it watches; `rises_well`: better the higher it is."""

    cls: str
    settings: Mapping[str, object]
    monitor: str
    values: dict[int, float]
    rises_well: bool

    @property
    def wants_rise(self) -> bool:
        mode = self.settings.get("mode")
        return mode == "max" if mode in ("min", "max") else self.rises_well

    @property
    def is_reversed(self) -> bool:
        return self.wants_rise != self.rises_well

    @property
    def improved(self) -> bool:
        """Whether the last value is better than the first, truly."""
        values = list(self.values.values())
        return (values[-1] > values[0]) == self.rises_well and values[-1] != values[0]


def _watch(case: Case, callback: CallbackRecord) -> _Watch | None:
    monitor = callback.settings.get("monitor")
    if callback.cls not in ("EarlyStopping", "ReduceLROnPlateau") or not isinstance(monitor, str):
        return None
    values, rises_well = case.history(monitor), _rises_well(case, monitor)
    if len(values) < 2 or rises_well is None:
        return None
    return _Watch(callback.cls, callback.settings, monitor, values, rises_well)


def _rises_well(case: Case, monitor: str) -> bool | None:
    """Whether a figure is better the higher, by the ledger or else by its name."""
    name = monitor.removeprefix("val_")
    directions = case.ledger.directions if case.ledger else {}
    if name in directions:
        return directions[name] == "higher"
    better = direction(name)
    return None if better is None else better == "higher"


def _has_acted(case: Case, watch: _Watch) -> bool:
    """Whether the callback ended the fit, brought back weights, or cut the rate."""
    if not watch.improved:
        return False
    if watch.cls == "EarlyStopping":
        return _stopped_it(case, watch) or bool(watch.settings.get("restore_best_weights"))
    rates = [e.learning_rate for e in case.fit.epochs if finite(e.learning_rate)]
    return bool(rates) and rates[-1] < rates[0] and falls_short(case)


def _stopped_it(case: Case, watch: _Watch) -> bool:
    """Replays the patience over the logged figure: whether it ran out at the last epoch."""
    asked = case.fit.arguments.get("epochs", "")
    if watch.cls != "EarlyStopping" or not asked.isdecimal():
        return False
    last = max(watch.values)
    if last + 1 >= int(asked):
        return False
    least = abs(number(watch.settings.get("min_delta")) or 0.0)  # type: ignore[arg-type]
    sign, best, waited = (1 if watch.wants_rise else -1), None, 0
    for value in watch.values.values():
        if best is None or sign * (value - best) > least:
            best, waited = value, 0
        else:
            waited += 1
    return waited >= max(1.0, number(watch.settings.get("patience")) or 0.0)  # type: ignore[arg-type]


def _ended_at_once(case: Case) -> bool:
    """Whether a tenth of the epochs asked for, or less, had been run and the loss still fell.

    Too few for its course to be told; rows that are not learned say the rest.
    """
    asked, losses = case.fit.arguments.get("epochs", ""), list(case.history("loss").values())
    is_early = asked.isdecimal() and 0 < len(losses) <= min(FEW_EPOCHS, EARLY * int(asked))
    return is_early and losses[-1] < losses[0] and falls_short(case)


def _within_noise(case: Case, watch: _Watch) -> EpochPair | None:
    """The comparison of the last with the best epoch, where its interval holds 0."""
    if not watch.monitor.startswith("val_"):
        return None
    pair = case.epoch_pair(watch.monitor.removeprefix("val_")) or _by_sampling(case, watch)
    if pair is None or not finite(pair.change.low) or not finite(pair.change.high):
        return None
    return pair if pair.change.low <= 0 <= pair.change.high else None


def _by_sampling(case: Case, watch: _Watch) -> EpochPair | None:
    """Without the rows of both epochs: the sampling error of two shares of as many rows."""
    n = case.fit.validation.rows if case.fit.validation else None
    if not n or not watch.rises_well or not all(0 <= v <= 1 for v in watch.values.values()):
        return None
    best, last = max(watch.values, key=lambda e: watch.values[e]), max(watch.values)
    share, change = watch.values[best], watch.values[last] - watch.values[best]
    half = _Z95 * math.sqrt(2 * share * (1 - share) / n)
    return EpochPair(watch.monitor, best, last, Estimate(change, change - half, change + half, n))


def _reversed(case: Case, watch: _Watch) -> Finding:
    values = list(watch.values.values())
    d = places(values)
    fails = falls_short(case)
    kept = "keeps the worst epoch" if watch.settings.get("restore_best_weights") else "acts on it"
    name = watch.monitor[:16]
    return stopped_within_noise.finding(
        case,
        severity="error" if fails else "warning",
        status="confirmed",
        message=f"{watch.cls} mode={watch.settings.get('mode')!r} on {name} takes better for worse",
        observed=Observed(values[-1], watch.monitor),
        expected=Expected(">=" if watch.wants_rise else "<=", values[0], "what the mode asks for"),
        size=lost_skill(case) if fails else 0.5,
        evidence=(
            f"{name} {figure(values[0], d)} at first, {figure(values[-1], d)} at last: it "
            f"improved, and {watch.cls} {kept}",
            f"{plural(len(case.fit.epochs), 'epoch')} of "
            f"{case.fit.arguments.get('epochs', '?')} asked for",
            *skill_lines(case),
        ),
        help="mode='auto'",
        remedies=("monitor-mode",),
        explains=(*UNTRAINED, "FIT103", "FIT118"),
    )


def _too_soon(case: Case, watch: _Watch, pair: EpochPair) -> Finding:
    patience = number(watch.settings.get("patience")) or 0.0  # type: ignore[arg-type]
    told, change = course(case), pair.change
    d = places([change.value, change.low, change.high])
    fall = told.fall / abs(told.middle) if told and told.middle else 0.0
    return stopped_within_noise.finding(
        case,
        severity="warning",
        status="suspected",
        message=f"stopped within noise: {watch.monitor[:16]} {signed(change.value, d)} after "
        f"patience {patience:.0f}",
        observed=Observed(change.value, watch.monitor, change.low, change.high, change.n),
        # No value here: that the interval holds 0 is no estimate beyond a threshold.
        expected=Expected(">", None, "an interval that lies wholly on the worse side of 0"),
        size=lost_skill(case),
        evidence=(
            f"{watch.monitor}, last epoch less epoch {pair.best + 1}: {signed(change.value, d)} "
            f"({signed(change.low, d)} to {signed(change.high, d)})",
            f"the training loss still fell: by {percent(fall)} in the last third of "
            f"{plural(len(case.fit.epochs), 'epoch')}",
            *skill_lines(case),
            "what settles it: pairs of fits with this patience and with ten times it",
        ),
        help="patience=10 and restore_best_weights=True",
        remedies=("more-patience",),
        explains=(*UNTRAINED, "FIT102", "FIT103"),
    )
