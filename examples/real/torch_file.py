"""Weights out of a file of torch, without torch and without running what a pickle may ask for."""

from __future__ import annotations

import math
import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

# torch/serialization.py: how a file begins that torch.save wrote before 1.6, and later on
# with _use_new_zipfile_serialization=False.
BEGINNING = [0x1950A86A20F9469CFC6C, 1001]
STORAGES = {"FloatStorage": "<f4", "LongStorage": "<i8"}
DAMAGED = (
    *(pickle.PickleError, EOFError, ArithmeticError, AttributeError, LookupError, MemoryError),
    *(TypeError, ValueError, struct.error),
)


def torch_weights(path: Path) -> dict[str, np.ndarray]:
    """Gives the arrays of a state_dict by name, in the order of the file.

    Raises:
        pickle.UnpicklingError: if the file is damaged, or holds anything but arrays.
    """
    try:
        return _read(BytesIO(path.read_bytes()))
    except DAMAGED as error:
        told = f"expected weights as torch before 1.6 keeps them, received {path.name}: {error}"
        raise pickle.UnpicklingError(f"{told}; install its package again") from error


def _read(file: BytesIO) -> dict[str, np.ndarray]:
    *beginning, machine = (_Unpickler(file).load() for _ in range(3))
    if beginning != BEGINNING or machine["little_endian"] is not True:
        raise pickle.UnpicklingError("another format")
    unpickler = _Unpickler(file)
    tensors = unpickler.load()
    for key in _Unpickler(file).load():
        unpickler.storages[key].read(file)
    return {name: tensor.array() for name, tensor in tensors.items()}


@dataclass
class _Storage:
    """Numbers in a row; they stand in the file behind all that refers to them."""

    dtype: str
    count: int
    values: np.ndarray = field(default_factory=lambda: np.empty(0))

    def read(self, file: BytesIO) -> None:
        count = int.from_bytes(file.read(8), "little")
        values = np.frombuffer(file.read(count * np.dtype(self.dtype).itemsize), self.dtype)
        if not len(values) == count == self.count:
            raise pickle.UnpicklingError(f"{self.count} numbers promised, {len(values)} found")
        self.values = values


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage; offset and strides count numbers, not bytes."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        values, steps = self.storage.values, tuple(zip(self.shape, self.strides, strict=True))
        last = self.offset + sum((size - 1) * stride for size, stride in steps)
        is_forward = all(size > 0 and stride >= 0 for size, stride in steps)
        is_inside = 0 <= self.offset <= last < len(values)
        if not (is_forward and is_inside and math.prod(self.shape) <= len(values)):
            raise pickle.UnpicklingError("an array reaches beyond its numbers")
        strides = [stride * values.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides)
        return view.copy()


def _tensor(storage: _Storage, offset: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle._Unpickler):
    """Knows arrays and ordered dictionaries, and refuses every other name.

    In Python, not in C: there one damaged byte can ask for 64 GB (Modules/_pickle.c, the memo).
    """

    def __init__(self, file: BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in weights")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, count, view = pid
        if kind != "storage" or dtype not in STORAGES.values() or view is not None:
            raise pickle.UnpicklingError(f"{pid!r:.60} has no place in weights")
        return self.storages.setdefault(key, _Storage(dtype, count))
