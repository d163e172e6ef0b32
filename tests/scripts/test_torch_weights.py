"""Weights of torch are read without torch, and a damaged or foreign pickle is refused."""

from __future__ import annotations

import pickle
import struct
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from real.torch_file import torch_weights

NUMBERS = np.arange(6, dtype="<f4")
ORDERED = b"ccollections\nOrderedDict\n)R"


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(
    offset: int = 0,
    shape: tuple[int, ...] = (2, 3),
    strides: tuple[int, ...] = (3, 1),
    storage: bytes = b"ctorch\nFloatStorage\n",
    rebuild: bytes = b"ctorch._utils\n_rebuild_tensor_v2\n",
) -> bytes:
    """A tensor as torch pickles it, over a storage of six numbers."""
    kept = b"(" + text("storage") + storage + text("0") + text("cpu") + number(6) + b"NtQ"
    return rebuild + b"(" + kept + number(offset) + numbers(shape) + numbers(strides) + b"\x89NtR"


def written(value: bytes, values: np.ndarray = NUMBERS) -> bytes:
    """A file of one tensor, as torch kept it before its format was a zip file."""
    beginning = (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True})
    held = b"\x80\x02" + ORDERED + text("a.weight") + value + b"s."
    return (
        b"".join(pickle.dumps(part, 2) for part in beginning)
        + held
        + pickle.dumps(["0"], 2)
        + struct.pack("<q", len(values))
        + values.tobytes()
    )


@pytest.fixture
def read(tmp_path: Path):
    def of(content: bytes) -> dict[str, np.ndarray]:
        path = tmp_path / "some.pth"
        path.write_bytes(content)
        return torch_weights(path)

    return of


def refused(read, content: bytes) -> str:
    with pytest.raises(pickle.UnpicklingError) as told:
        read(content)
    assert "some.pth" in str(told.value)
    return str(told.value)


def test_arrays_come_back_by_name(read):
    (name, array), *others = read(written(tensor())).items()
    assert (name, others) == ("a.weight", [])
    np.testing.assert_array_equal(array, NUMBERS.reshape(2, 3))


def test_an_array_may_be_a_part_of_its_numbers_the_other_way_round(read):
    array = read(written(tensor(1, (2, 2), (1, 2))))["a.weight"]
    np.testing.assert_array_equal(array, [[1, 3], [2, 4]])


def test_a_single_number_has_no_shape(read):
    assert read(written(tensor(5, (), ())))["a.weight"] == 5


def test_a_call_of_anything_else_is_refused_and_not_made(read, capfd):
    called = b"cposix\nsystem\n(" + text("echo called") + b"tR"
    assert "posix.system has no place in weights" in refused(read, written(called))
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "named",
    [b"cbuiltins\neval\n", b"ctorch._utils\n_rebuild_parameter\n", b"ctorch\nload\n"],
)
def test_other_names_are_refused_in_the_place_of_a_tensor_too(read, named):
    assert "has no place in weights" in refused(read, written(tensor(rebuild=named)))


def test_numbers_of_another_type_are_refused(read):
    wrong = tensor(storage=b"ctorch\nHalfStorage\n")
    assert "torch.HalfStorage has no place in weights" in refused(read, written(wrong))


@pytest.mark.parametrize(
    ("offset", "shape", "strides"),
    [
        (0, (2, 4), (3, 1)),
        (1, (2, 3), (3, 1)),
        (-1, (2,), (1,)),
        (5, (2,), (-1,)),
        (0, (0,), (1,)),
        (0, (2,), (1 << 30,)),
        (0, (2, 3), (1,)),
        (0, (1 << 20, 1 << 20), (0, 0)),
    ],
)
def test_no_array_reaches_beyond_its_numbers(read, offset, shape, strides):
    refused(read, written(tensor(offset, shape, strides)))


def test_fewer_numbers_than_promised_are_refused(read):
    assert "6 numbers promised, 5 found" in refused(read, written(tensor(), NUMBERS[:5]))


@pytest.mark.parametrize(
    "foreign",
    [b"", b"PK\x03\x04 a zip file", b"<html>", pickle.dumps({"a.weight": [1.0]})],
    ids=["empty", "zip", "text", "another pickle"],
)
def test_a_file_of_another_kind_is_refused(read, foreign):
    refused(read, foreign)


def test_a_damaged_byte_cannot_ask_for_more_memory_than_there_is(read):
    noted_far_out = tensor() + b"r" + struct.pack("<I", 0xFFFFFFFF)
    assert list(read(written(noted_far_out))) == ["a.weight"]


def test_a_file_that_ends_early_is_refused_wherever_it_ends(read):
    whole = written(tensor())
    for end in range(len(whole)):
        refused(read, whole[:end])


def test_no_damaged_byte_leads_to_another_error(read):
    whole = written(tensor())
    for place in range(len(whole)):
        for bits in (0x01, 0x80, 0xFF):
            damaged = bytearray(whole)
            damaged[place] ^= bits
            with suppress(pickle.UnpicklingError):
                read(bytes(damaged))
