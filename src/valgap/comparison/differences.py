"""What differs between two recorded fits: settings that somebody chose, not names and seeds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from valgap.comparison.layers import layer_differences
from valgap.comparison.records import Difference, Part
from valgap.evidence.records import CallbackRecord, CompileRecord, DataRecord, FitRecord, Json
from valgap.evidence.settings import flat

# Rows and what is told elsewhere, or what changes nothing that is learned.
_TOLD = {"x", "y", "validation_data", "sample_weight", "callbacks", "class_weight"}
_NO_ARGUMENT = {*_TOLD, "batch_size", "shuffle", "verbose", "validation_batch_size"}
_NO_COMPILE = {"optimizer", "loss", "metrics", "weighted_metrics"}
# What a callback counts as it goes, and where it writes to.
_NO_CALLBACK = {
    *("params", "verbose", "wait", "best", "best_epoch", "stopped_epoch", "cooldown_counter"),
    *("epochs_since_last_save", "filepath", "filename", "log_dir"),
}


def differences(a: FitRecord, b: FitRecord) -> tuple[Difference, ...]:
    """Gives back what differs in data, model, compile and fit, in this order."""
    return (*_data(a, b), *layer_differences(a.model, b.model), *_compile(a, b), *_fit(a, b))


def _by_key(part: Part, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Difference]:
    for key in dict.fromkeys((*a, *b)):
        if a.get(key) != b.get(key):
            yield Difference(part, key, a.get(key), b.get(key))


def _data(a: FitRecord, b: FitRecord) -> Iterator[Difference]:
    yield from _split("training", a.train, b.train)
    if a.validation is None or b.validation is None:
        told = [None if d is None else d.form for d in (a.validation, b.validation)]
        if told[0] != told[1]:
            yield Difference("data", "validation data", *told)
        return
    yield from _split("validation", a.validation, b.validation)


def _split(name: str, a: DataRecord, b: DataRecord) -> Iterator[Difference]:
    found = list(_by_key("data", *(_of_split(name, d) for d in (a, b))))
    yield from found
    # Another number of rows says already that they are others.
    if a.rows == b.rows and a.checksum and b.checksum and a.checksum != b.checksum:
        yield Difference("data", f"{name} rows themselves", "its own", "others, or in other order")
    if (a.rows, a.batch_size) == (b.rows, b.batch_size) and a.steps != b.steps:
        yield Difference("data", f"{name} steps an epoch", str(a.steps), str(b.steps))


def _of_split(name: str, data: DataRecord) -> dict[str, str]:
    random = ", ".join(data.transform_names) or data.transforms
    return {
        f"{name} form": data.form,
        f"{name} rows": str(data.rows),
        f"{name} batch size": str(data.batch_size),
        f"{name} shuffling": str(data.shuffled),
        f"{name} random transforms": random,
        f"{name} sample weights": str(data.weighted),
        f"{name} inputs": ", ".join(f"{i.shape} {i.dtype}" for i in data.inputs),
        f"{name} targets": ", ".join(f"{t.shape} {t.dtype}" for t in data.targets),
    }


def _compile(a: FitRecord, b: FitRecord) -> Iterator[Difference]:
    if a.compile is None or b.compile is None:
        return
    yield from _by_key("compile", *(_of_compile(c) for c in (a.compile, b.compile)))
    if a.compile.optimizer_config and b.compile.optimizer_config:
        told = (dict(flat(c.optimizer_config)) for c in (a.compile, b.compile))
        yield from _by_key("compile", *told)
    # An optimiser given by its name has no settings on record, but the epochs have a rate.
    elif (rates := [_first_rate(fit) for fit in (a, b)])[0] != rates[1]:
        yield Difference("compile", "learning_rate of the first epoch", *rates)


def _of_compile(record: CompileRecord) -> dict[str, str]:
    more = {k: _bare(v) for k, v in record.arguments.items() if k not in _NO_COMPILE}
    return {
        "loss": _bare(record.loss),
        "optimizer": _bare(record.optimizer).lower(),  # 'adam' and Adam() are one
        "metrics": _bare(", ".join(record.metrics)),
        "weighted_metrics": _bare(", ".join(record.weighted_metrics)),
        **more,
    }


def _bare(text: str) -> str:
    return text.replace("'", "")


def _first_rate(fit: FitRecord) -> str | None:
    rate = fit.epochs[0].learning_rate if fit.epochs else None
    return None if rate is None else f"{rate:g}"


def _fit(a: FitRecord, b: FitRecord) -> Iterator[Difference]:
    given = [{k: v for k, v in f.arguments.items() if k not in _NO_ARGUMENT} for f in (a, b)]
    yield from _by_key("fit", *given)
    if a.class_weight != b.class_weight:
        weights = (None if w is None else str(dict(w)) for w in (a.class_weight, b.class_weight))
        yield Difference("fit", "class_weight", *weights)
    yield from _callbacks(a.callbacks, b.callbacks)


def _callbacks(a: Sequence[CallbackRecord], b: Sequence[CallbackRecord]) -> Iterator[Difference]:
    before, after = ([c.cls for c in side] for side in (a, b))
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for tag, i, j, k, m in steps:
        if tag == "equal":
            for pair in zip(a[i:j], b[k:m], strict=True):
                yield from _by_key("fit", *(_of_callback(c) for c in pair))
            continue
        for callback in a[i:j]:
            yield Difference("fit", "callback", callback.cls, None)
        for callback in b[k:m]:
            yield Difference("fit", "callback", None, callback.cls)


def _of_callback(callback: CallbackRecord) -> dict[str, str]:
    kept: dict[str, Json] = {k: v for k, v in callback.settings.items() if k not in _NO_CALLBACK}
    return {f"{callback.cls} {key}": value for key, value in flat(kept)}
