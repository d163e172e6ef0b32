"""Records come back from JSON as they went in; damage is told in one line."""

import dataclasses
import json
import math
import types
import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valgap.errors import RunUnreadableError
from valgap.evidence.account import Estimate, Ledger, Row
from valgap.evidence.codec import decode, encode
from valgap.evidence.records import DataRecord, EpochRecord, FitRecord, Json, RunRecord

plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)
finite = st.floats(allow_nan=False, allow_infinity=False)


LEAVES = {float: finite, int: st.integers(), str: st.text(max_size=6), bool: st.booleans()}


def record_of(cls):
    """A strategy for a record of any type, from its own annotations."""
    hints = typing.get_type_hints(cls, localns={"Json": typing.Any})
    return st.builds(cls, **{name: value_of(hint) for name, hint in hints.items()})


def value_of(hint):
    args = typing.get_args(hint)
    match typing.get_origin(hint):
        case None if dataclasses.is_dataclass(hint):
            return record_of(hint)
        case None:
            return plain_json if hint is typing.Any else LEAVES[hint]
        case typing.Union | types.UnionType:
            return st.one_of([st.none() if arg is type(None) else value_of(arg) for arg in args])
        case typing.Literal:
            return st.sampled_from(args)
        case origin if origin is tuple:
            return st.lists(value_of(args[0]), max_size=2).map(tuple)
    return st.dictionaries(st.text(max_size=4), value_of(args[1]), max_size=2)


@pytest.mark.parametrize("cls", [FitRecord, Ledger, RunRecord], ids=lambda cls: cls.__name__)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_record_comes_back_from_json_as_it_went_in(cls, data):
    record = data.draw(record_of(cls))
    text = json.dumps(encode(record), allow_nan=False)
    assert decode(cls, json.loads(text)) == record


@settings(max_examples=150, deadline=None)
@given(value=plain_json, data=st.data())
def test_a_record_with_something_else_in_it_is_read_or_refused_in_one_line(value, data):
    whole = encode(data.draw(record_of(FitRecord)))
    place = data.draw(st.sampled_from(list(whole)))
    whole[place] = value
    error = refusal(whole)
    assert "\n" not in error
    assert not error or "expected" in error


def refusal(value):
    """The line in which `value` was refused; empty if it was read."""
    try:
        decode(FitRecord, value)
    except RunUnreadableError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_a_number_that_is_not_finite_becomes_null(number):
    assert encode(Estimate(number, low=number))["value"] is None
    assert encode({"a": [number]}) == {"a": [None]}


def test_null_comes_back_as_none_where_that_may_stand_and_as_nan_where_a_number_must():
    back = decode(Estimate, {"value": None, "low": None})
    assert math.isnan(back.value)
    assert back.low is None


def test_numbers_of_numpy_are_written_as_numbers():
    epoch = EpochRecord(np.int64(3), {"loss": np.float32(0.5)}, np.float64(1.0))
    assert json.loads(json.dumps(encode(epoch)))["logs"] == {"loss": 0.5}


def test_what_has_no_place_in_json_is_refused():
    with pytest.raises(TypeError, match="expected plain data"):
        encode({"a": object()})


def test_unknown_keys_are_left_out_and_missing_ones_take_their_defaults():
    back = decode(DataRecord, {"split": "train", "form": "numpy", "of the future": 1})
    assert back == DataRecord("train", "numpy")


@pytest.mark.parametrize(
    ("cls", "value", "message"),
    [
        (DataRecord, {"split": "train"}, "DataRecord.form: expected a value, found none"),
        (DataRecord, {"split": "test", "form": "a"}, "expected one of train, validation"),
        (DataRecord, {"split": "train", "form": 3}, "form: expected text, received 3"),
        (DataRecord, {"split": "train", "form": "a", "rows": True}, "expected a whole number"),
        (DataRecord, {"split": "train", "form": "a", "rows": 1.5}, "expected a whole number"),
        (DataRecord, {"split": "train", "form": "a", "inputs": 4}, "expected a list"),
        (
            DataRecord,
            {"split": "train", "form": "a", "inputs": [4]},
            r"inputs\[0\]: expected an obj",
        ),
        (Row, {"row": "weights", "before": "x", "after": 1, "delta": 1}, "expected a number"),
        (Row, {"row": "weights", "before": 10**400, "after": 1, "delta": 1}, "expected a number"),
        (
            EpochRecord,
            {"epoch": 0, "logs": {"a": []}, "seconds": 0},
            r"logs\['a'\]: expected a num",
        ),
        (EpochRecord, [], "EpochRecord: expected an object, received"),
    ],
)
def test_a_wrong_type_is_told_with_its_place(cls, value, message):
    with pytest.raises(RunUnreadableError, match=message):
        decode(cls, value)


def test_the_alias_for_json_is_still_what_the_codec_takes_it_for():
    assert isinstance(Json, str)
