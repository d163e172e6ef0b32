"""The settings of a project: `[tool.valgap]` in the pyproject.toml of the working folder."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from valgap.errors import UsageError

FailOn = Literal["error", "warning", "note", "never"]
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
ALL_ROWS = 1 << 62  # more than there are of anything


@dataclass(frozen=True, slots=True)
class Config:
    """Settings that a command line may override; None and () are the commands' defaults.

    `ignore` holds the reason why a code, the start of one or a check by name is left out.
    """

    select: tuple[str, ...] = ()
    ignore: Mapping[str, str] = field(default_factory=dict)
    fail_on: FailOn | None = None
    rows: int | None = None


def read_config(folder: Path) -> Config:
    """Gives back the settings in `folder`/pyproject.toml; the defaults where there are none.

    Raises:
        UsageError: if the file is not TOML, or a key or a value is not one of ours.
    """
    path = folder / "pyproject.toml"
    if not path.is_file():
        return Config()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are such
        raise UsageError(f"pyproject.toml is not TOML: {error}") from None
    table = document.get("tool", {}).get("valgap", {})
    if not isinstance(table, dict):
        raise UsageError(f"pyproject.toml: expected a table [tool.valgap], received {table!r}")
    return Config(**{_field(key): _value(key, value) for key, value in table.items()})


def parse_rows(text: str) -> int:
    """Gives back the number of rows that `--rows` asks for.

    Raises:
        ValueError: if it is neither a positive number nor `all`.
    """
    if text == "all":
        return ALL_ROWS
    if not text.isdecimal() or int(text) == 0:
        raise ValueError("expected a positive number or all")
    return int(text)


def parse_seconds(text: str) -> float:
    """Gives back the seconds of a time such as `90s`, `5m`, `1.5h` or `0s`.

    Raises:
        ValueError: if it is no such time.
    """
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.replace(".", "", 1).isdecimal():
        raise ValueError("expected a time such as 90s, 5m or 1h")
    return float(number) * _UNITS[unit]


def _field(key: str) -> str:
    if key not in _READERS:
        close = difflib.get_close_matches(key, _READERS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(_READERS)}"
        raise UsageError(f"pyproject.toml: unknown key {key} in [tool.valgap]; {hint}")
    return key.replace("-", "_")


def _value(key: str, value: object) -> Any:
    try:
        return _READERS[key](value)
    except ValueError as error:
        raise UsageError(f"pyproject.toml: {key}: {error}, received {value!r}") from None


def _codes(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        return tuple(value)
    raise ValueError("expected a list of codes")


def _reasons(value: object) -> dict[str, str]:
    """A reason for each: next year's reader will want to know whether it still holds."""
    if isinstance(value, dict) and all(isinstance(r, str) and r.strip() for r in value.values()):
        return {str(code): reason.strip() for code, reason in value.items()}
    raise ValueError('expected a reason for each, as in ignore = {MOD120 = "a bag of frames"}')


def _fail_on(value: object) -> str:
    if isinstance(value, str) and value in get_args(FailOn):
        return value
    raise ValueError(f"expected one of {', '.join(get_args(FailOn))}")


def _rows(value: object) -> int:
    return parse_rows("" if isinstance(value, bool) else str(value))


_READERS: Mapping[str, Callable[[object], object]] = {
    "select": _codes,
    "ignore": _reasons,
    "fail-on": _fail_on,
    "rows": _rows,
}
