"""What differs between two models: layers added and taken away, their settings, their links."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from valgap.comparison.records import Difference
from valgap.evidence.records import Json, LayerRecord, ModelRecord
from valgap.evidence.settings import flat

# A model within the model: its layers stand in the list beside it. `trainable` is told as it was.
_NO_SETTING = {"layers", "input_layers", "output_layers", "trainable", "batch_shape"}
Pair = tuple[LayerRecord | None, LayerRecord | None]


def layer_differences(a: ModelRecord, b: ModelRecord) -> Iterator[Difference]:
    """Gives back the differences of two models. Layers are matched by class and settings."""
    if a.cls != b.cls:
        yield Difference("model", "kind of model", a.cls, b.cls)
    sides = [_told(model.layers) for model in (a, b)]
    is_same_list = True
    for before, after in _matched(*sides):
        if before is None or after is None:
            is_same_list = False
            told = (None if one is None else _shown(one) for one in (before, after))
            yield Difference("model", "layer", *told)
        else:
            yield from _settings(before, after, sides[0].index(before) + 1)
    if is_same_list and (links := [_links(model.config) for model in (a, b)])[0] != links[1]:
        yield Difference("model", "links between layers", "its own", "others")
    if a.parameters != b.parameters:
        yield Difference("model", "parameters", f"{a.parameters:,}", f"{b.parameters:,}")


def _told(layers: Sequence[LayerRecord]) -> list[LayerRecord]:
    """The layers but inputs, which are data, and those whose wrapper holds their settings."""
    wrappers = tuple(f"{layer.path}/" for layer in layers if "layer" in layer.config)
    return [x for x in layers if x.cls != "InputLayer" and not x.path.startswith(wrappers)]


def _matched(a: list[LayerRecord], b: list[LayerRecord]) -> Iterator[Pair]:
    """Pairs of layers alike in all settings, between them those of one class, in their order."""
    wholes = [[json.dumps(_of_layer(layer)) for layer in side] for side in (a, b)]
    for tag, i, j, k, m in _steps(*wholes):
        if tag == "equal":
            yield from zip(a[i:j], b[k:m], strict=True)
            continue
        classes = [[layer.cls for layer in part] for part in (a[i:j], b[k:m])]
        for inner, p, q, r, s in _steps(*classes):
            before, after = a[i + p : i + q], b[k + r : k + s]
            if inner == "equal":
                yield from zip(before, after, strict=True)
            else:
                yield from ((layer, None) for layer in before)
                yield from ((None, layer) for layer in after)


def _steps(a: list[str], b: list[str]) -> list[tuple[str, int, int, int, int]]:
    return list(difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes())


def _of_layer(layer: LayerRecord) -> dict[str, str]:
    own = {k: v for k, v in layer.config.items() if k not in _NO_SETTING}
    return {"class": layer.cls, "trainable": str(layer.trainable), **dict(flat(own))}


def _settings(a: LayerRecord, b: LayerRecord, number: int) -> Iterator[Difference]:
    before, after = _of_layer(a), _of_layer(b)
    name = a.cls if _is_made_up(a) else f'{a.cls} "{a.name}"'
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            what = f"layer {number}, {name}: {key}"
            yield Difference("model", what, before.get(key), after.get(key))


def _shown(layer: LayerRecord) -> str:
    """A layer in short: its class, name and what its size or rate is."""
    told = [str(layer.config[k]) for k in ("units", "filters", "rate") if k in layer.config]
    name = "" if _is_made_up(layer) else f' "{layer.name}"'
    return f"{layer.cls}({', '.join(told)}){name}"


def _is_made_up(layer: LayerRecord) -> bool:
    """Whether Keras made the name, as in dense_3: the class in snake case and a number."""
    return re.sub(r"_\d+$", "", layer.name).replace("_", "").lower() == layer.cls.lower()


def _links(config: Mapping[str, Json] | None) -> str:
    """How the layers of a functional model hang together, without names."""
    layers = config.get("layers") if config else None
    if not isinstance(layers, list):
        return ""
    named = [layer for layer in layers if isinstance(layer, Mapping)]
    numbers = {str(layer.get("name")): f"#{i}" for i, layer in enumerate(named)}
    return json.dumps([_numbered(layer.get("inbound_nodes"), numbers) for layer in named])


def _numbered(value: Json, numbers: Mapping[str, str]) -> Json:
    """The links in a configuration, with numbers of layers for their names."""
    if isinstance(value, Mapping):
        history = value.get("keras_history")
        inner = history if history is not None else list(value.values())
        return _numbered(inner, numbers)
    if isinstance(value, list):
        return [_numbered(item, numbers) for item in value]
    return numbers.get(value, "") if isinstance(value, str) else None
