"""FIT115: an argument of `fit`, or a callback, that is ignored or overridden."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from valgap.case import Case, finite
from valgap.checks.example_case import example_case
from valgap.checks.measures import DELTA_OF_LOSS
from valgap.evidence.records import CallbackRecord
from valgap.finding import Expected, Finding, Observed, Severity
from valgap.registry import check
from valgap.wording import count, plural

ARRAYS = ("arrays", "pandas", "numpy")
WATCHING = ("EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint")
_LONGEST = 16


def _monitor(name: str) -> Case:
    saving = CallbackRecord("ModelCheckpoint", {"monitor": name, "save_best_only": True})
    return example_case(callbacks=(saving,))


def _not_logged() -> Case:
    return _monitor("val_acc")


def _logged() -> Case:
    return _monitor("val_loss")


@check(
    code="FIT115",
    name="argument-has-no-effect",
    family="FIT",
    severity="error",
    fires_on=_not_logged,
    silent_on=_logged,
)
def argument_has_no_effect(case: Case) -> Iterable[Finding]:
    """An argument of `fit`, or a callback in it, does nothing.

    What it looks for: a callback that watches a figure which is not logged; an
    `initial_epoch` at or beyond `epochs`; a `validation_freq` beyond them; class weights for
    classes that no row has; `validation_split` beside `validation_data`; settings of a
    validation that there is none of; `batch_size` or `shuffle=False` with data that come in
    batches and order of their own. Where nothing is lost by it, it is harmless.

    Why it matters: the script says one thing and does another. A checkpoint that saves
    nothing, or early stopping that never stops, is noticed late.

    What to do: name the figure as it is logged; set size and order of batches where they
    are made; take out what does nothing.

    References: Keras documentation, `Model.fit`, EarlyStopping and ModelCheckpoint.
    """
    for rule in _RULES:
        for told in rule(case):
            yield _finding(case, told)


@dataclass(frozen=True, slots=True)
class _Idle:
    """What does nothing, why, and how much hangs on it (None: nothing is lost)."""

    message: str
    why: str
    help: str
    severity: Severity | None = None


def _number(case: Case, name: str) -> float | None:
    """An argument that was given as a number, None where it was not."""
    try:
        value = float(case.fit.arguments.get(name, "None"))
    except ValueError:
        return None
    return value if finite(value) else None


def _nothing_trained(case: Case) -> Iterator[_Idle]:
    first, epochs = _number(case, "initial_epoch"), _number(case, "epochs")
    if case.fit.epochs or case.fit.status != "finished" or first is None or epochs is None:
        return
    if first >= epochs > 0:
        yield _Idle(
            f"nothing was trained: initial_epoch={first:.0f} of {plural(round(epochs), 'epoch')}",
            "epochs counts from the very first one: the fit ends where it begins",
            "epochs = initial_epoch + the epochs to come",
            "error",
        )


def _never_validated(case: Case) -> Iterator[_Idle]:
    every, epochs = _number(case, "validation_freq"), len(case.fit.epochs)
    logged = any(key.startswith("val_") for e in case.fit.epochs for key in e.logs)
    if case.fit.validation is None or every is None or logged or not 0 < epochs < every:
        return
    yield _Idle(
        f"never validated: validation_freq={every:.0f} in {plural(epochs, 'epoch')}",
        "validation runs after every so many epochs, and there were fewer",
        "validation_freq=1",
        "warning",
    )


def _watches_nothing(case: Case) -> Iterator[_Idle]:
    logged = {key for epoch in case.fit.epochs for key in epoch.logs}
    if not logged:
        return
    for callback in case.fit.callbacks:
        monitor = callback.settings.get("monitor")
        if callback.cls not in WATCHING or not isinstance(monitor, str) or monitor in logged:
            continue
        if callback.cls == "ModelCheckpoint" and not callback.settings.get("save_best_only"):
            continue
        does = "saves nothing" if callback.cls == "ModelCheckpoint" else "does nothing"
        yield _Idle(
            f"{callback.cls} {does}: {_short(monitor)} is not logged",
            f"logged are {', '.join(sorted(logged))[:120]}",
            "monitor a figure by the name that it is logged under",
            _severity(case, callback),
        )


def _severity(case: Case, callback: CallbackRecord) -> Severity | None:
    """A warning where it costs the best weights: nothing saved, or the last epoch worse."""
    if callback.cls == "ModelCheckpoint":
        return "warning"
    pair, best = case.epoch_pair(), case.history("val_loss")
    if callback.cls != "EarlyStopping" or pair is None or not finite(pair.change.low):
        return None
    lost = pair.change.low > DELTA_OF_LOSS * abs(best.get(pair.best, 0.0))
    return "warning" if lost else None


def _no_such_class(case: Case) -> Iterator[_Idle]:
    weights = case.fit.class_weight or {}
    target = next((t for t in case.targets() if t.encoding in ("classes", "one-hot")), None)
    if not weights or target is None or not target.counts or len(case.targets()) != 1:
        return
    if target.rows < (case.fit.train.rows or target.rows):
        return  # a rare class may not be in the rows that were read
    classes = {name.removesuffix(".0") for name in target.counts}
    idle = [name for name in weights if name.removesuffix(".0") not in classes]
    if idle:
        yield _Idle(
            f"class_weight of {plural(len(idle), 'class').replace('classs', 'classes')} that no "
            f"row has, such as {_short(idle[0])}",
            f"the targets have {', '.join(sorted(classes))[:80]}; what is not named counts 1",
            "class weights by the class numbers that the targets have",
            "warning" if len(idle) == len(weights) else None,
        )


def _overridden(case: Case) -> Iterator[_Idle]:
    split, given = _number(case, "validation_split"), case.fit.arguments.get("validation_data")
    if split and given not in (None, "None"):
        yield _Idle(
            f"validation_split={split:g} has no effect beside validation_data",
            "where validation data are given, no training rows are split off",
            "take validation_split out",
        )


def _without_validation(case: Case) -> Iterator[_Idle]:
    if case.fit.validation is not None:
        return
    for name in ("validation_steps", "validation_batch_size"):
        value = _number(case, name)
        if value:
            yield _Idle(
                f"{name}={value:.0f} has no effect: there are no validation data",
                "neither validation_data nor validation_split was given",
                f"give validation_data, or take {name} out",
            )


def _of_the_data(case: Case) -> Iterator[_Idle]:
    data = case.fit.train
    if data.form in ARRAYS or data.form == "unknown":
        return
    size = _number(case, "batch_size")
    if size and data.batch_size and size != data.batch_size:
        yield _Idle(
            f"batch_size={size:.0f} has no effect: the data come by {count(data.batch_size)}",
            f"{data.form} makes its own batches",
            "set the batch size where the data are made",
        )
    if case.fit.arguments.get("shuffle") == "False" and data.shuffled:
        yield _Idle(
            "shuffle=False has no effect: the data shuffle by themselves",
            f"{data.form} has an order of its own",
            "set the order where the data are made",
        )


_RULES: tuple[Callable[[Case], Iterator[_Idle]], ...] = (
    _nothing_trained,
    _never_validated,
    _watches_nothing,
    _no_such_class,
    _overridden,
    _without_validation,
    _of_the_data,
)


def _finding(case: Case, told: _Idle) -> Finding:
    return argument_has_no_effect.finding(
        case,
        severity=told.severity or "note",
        status="confirmed" if told.severity else "harmless",
        message=told.message,
        observed=Observed(1.0, "arguments or callbacks without effect"),
        expected=Expected("==", 0.0, "what is given does something"),
        size=1.0 if told.severity == "error" else 0.0,
        evidence=(told.why,),
        help=told.help,
    )


def _short(name: str) -> str:
    plain = " ".join(name.replace("!", " ").split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
