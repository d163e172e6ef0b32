"""Frozen records to JSON and back, whatever their fields."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from valgap.errors import RunUnreadableError
from valgap.evidence.records import Json

T = TypeVar("T")


def encode(value: object) -> Json:
    """Gives back `value` as JSON; a number that is not finite becomes null.

    Args:
        value: A frozen dataclass, or what its fields may hold.

    Raises:
        TypeError: If something in it has no place in JSON.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"a record cannot hold {type(value).__name__}: expected plain data")


def decode(cls: type[T], value: object, where: str = "") -> T:
    """Gives back the record of type `cls` that `encode` turned into `value`.

    Unknown keys are left out, missing ones take their defaults, and a null where a
    number must stand is NaN.

    Args:
        cls: A frozen dataclass.
        value: What was read from JSON.
        where: What to call the place of the record in an error.

    Raises:
        RunUnreadableError: If something has the wrong type or is missing.
    """
    record: T = _record(cls, value, where or cls.__name__)
    return record


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, localns={"Json": Any})


def _record(cls: Any, value: object, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise _unlike("an object", value, where)
    given: dict[str, Any] = {}
    for item in dataclasses.fields(cls):
        if item.name in value:
            hint = _hints(cls)[item.name]
            given[item.name] = _value(hint, value[item.name], f"{where}.{item.name}")
        elif item.default is item.default_factory is dataclasses.MISSING:
            raise RunUnreadableError(f"{where}.{item.name}: expected a value, found none")
    return cls(**given)


def _value(hint: Any, value: object, where: str) -> Any:
    if hint is Any:
        return value
    reader = _READERS.get(get_origin(hint))
    if reader is None:
        reader = _record if dataclasses.is_dataclass(hint) else _plain
    return reader(hint, value, where)


def _optional(hint: Any, value: object, where: str) -> Any:
    if value is None:
        return None
    (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
    return _value(inner, value, where)


def _choice(hint: Any, value: object, where: str) -> Any:
    choices = get_args(hint)
    if not isinstance(value, str) or value not in choices:
        raise _unlike("one of " + ", ".join(map(str, choices)), value, where)
    return value


def _items(hint: Any, value: object, where: str) -> tuple[Any, ...]:
    inner = get_args(hint)[0]
    if not isinstance(value, list):
        raise _unlike("a list", value, where)
    return tuple(_value(inner, item, f"{where}[{i}]") for i, item in enumerate(value))


def _mapping(hint: Any, value: object, where: str) -> dict[str, Any]:
    inner = get_args(hint)[1]
    if not isinstance(value, Mapping):
        raise _unlike("an object", value, where)
    return {key: _value(inner, item, f"{where}[{key!r}]") for key, item in value.items()}


def _plain(hint: Any, value: object, where: str) -> Any:
    if hint is float:
        return _number(value, where)
    wrong_bool = isinstance(value, bool) and hint is not bool
    if wrong_bool or not isinstance(value, hint):
        raise _unlike(
            {str: "text", int: "a whole number", bool: "true or false"}[hint], value, where
        )
    return value


def _number(value: object, where: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unlike("a number", value, where)
    try:
        return float(value)
    except OverflowError:
        raise _unlike("a number", value, where) from None


def _unlike(expected: str, value: object, where: str) -> RunUnreadableError:
    shown = repr(value)[:40].encode("ascii", "backslashreplace").decode()
    return RunUnreadableError(f"{where}: expected {expected}, received {shown}")


_READERS: dict[object, Callable[[Any, object, str], Any]] = {
    Union: _optional,
    types.UnionType: _optional,
    Literal: _choice,
    tuple: _items,
    Mapping: _mapping,
}
