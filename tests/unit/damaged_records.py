"""Records of evidence with some of their numbers, texts and parts made odd or taken away."""

import dataclasses
import types
import typing

from hypothesis import strategies as st

from valgap.finding import NotRun
from valgap.registry import run_check

ODD = [0.0, -1.0, 1.0, 0.3, 1e30, -1e30, 9_999_999.4, 1e-30, float("nan"), float("inf")]
COUNTS = [0, 1, 2, 10, 10**9]


@st.composite
def damaged(draw, record, share=8):
    """The record with about one field in `share` made odd, whatever lies within."""
    hints = typing.get_type_hints(type(record), localns={"Json": typing.Any})
    changes = {}
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if draw(st.integers(1, share)) == 1:
            changes[item.name] = draw(odd(hints[item.name], value))
        elif (inner := inside(value, share)) is not None:
            changes[item.name] = draw(inner)
    return dataclasses.replace(record, **changes)


def inside(value, share):
    """A strategy for what lies in a field, or None where it is plain."""
    if dataclasses.is_dataclass(value):
        return damaged(value, share)
    if isinstance(value, tuple) and value and all(map(dataclasses.is_dataclass, value)):
        return st.tuples(*(damaged(item, share) for item in value))
    if isinstance(value, dict) and value and all(map(dataclasses.is_dataclass, value.values())):
        return st.fixed_dictionaries({k: damaged(v, share) for k, v in value.items()})
    return None


def odd(hint, value):
    """A strategy for odd values of a type, as they may be read back from a file."""
    args = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [arg for arg in args if arg is not type(None)]
        return st.one_of(st.none(), *(odd(arg, value) for arg in rest))
    plain = {float: st.sampled_from(ODD), int: st.sampled_from(COUNTS), bool: st.booleans()}
    if hint in plain:
        return plain[hint]
    if hint is str:
        return st.sampled_from(["", "x" * 90, value if isinstance(value, str) else "y"])
    if isinstance(value, tuple):
        return st.sampled_from([(), value[:1], value])
    return st.sampled_from([{}, value]) if isinstance(value, dict) else st.just(value)


def looked_at_damaged(check, case, data):
    """What a check finds in a case with damaged rows, model and ledger; it must not crash."""
    parts = {name: getattr(case, name) for name in ("rows", "model", "ledger")}
    spoilt = {name: part and data.draw(damaged(part)) for name, part in parts.items()}
    told = run_check(check, dataclasses.replace(case, **spoilt))
    if isinstance(told, NotRun):
        assert told.detail is None, told.detail
        return ()
    return told
