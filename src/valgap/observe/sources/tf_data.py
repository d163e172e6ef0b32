"""`tf.data.Dataset`, also as `image_dataset_from_directory` and its kin give it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from valgap.evidence.records import DataRecord, TensorRecord
from valgap.observe.sources.base import SourceUnreadableError, View
from valgap.observe.sources.batch import Batch, unpacked
from valgap.observe.sources.nested import named_leaves
from valgap.observe.sources.plan import SEED
from valgap.observe.sources.reader import Geometry
from valgap.observe.sources.request import Request
from valgap.observe.sources.tf_chain import Rebuilding, has_shuffle
from valgap.observe.sources.tf_graph import reseed

_OTHERS_SCORED = "validation_steps of a reshuffled set: each evaluation scores other rows"
_RESHUFFLED = "a reshuffling shuffle stands before take, skip or shard: rows change split"


class DatasetReader:
    """Iterates a rebuilt chain; the user's own data set is not iterated."""

    indexed = False
    switchable = True

    def __init__(self, request: Request) -> None:
        self._dataset = request.x
        self._class_weight = request.class_weight
        self._validation = request.split == "validation"
        self._steps = request.steps
        self._built: dict[tuple[View, int, tuple[int, ...] | None], tuple[Rebuilding, Any]] = {}
        self.random = False
        self.unpinned = False
        self.names: tuple[str, ...] = ()
        self.note: str | None = None
        self.count: int | None = None
        cardinality = int(request.x.cardinality())
        self.lap: int | None = None
        self.record = _record(request, cardinality)

    def batches(
        self, view: View, draw: int, wanted: Sequence[int] | None
    ) -> Generator[tuple[int, Batch], None, None]:
        """See `Reader.batches`."""
        plan, dataset = self._chain(view, draw, None if wanted is None else tuple(wanted))
        if wanted is not None and plan.wanted is not None:
            positions: Iterable[int] = wanted
        else:
            positions = itertools.count()
        states = [(variable, reseed(variable, draw)) for variable in plan.generators]
        last = None if wanted is None else max(wanted, default=-1)
        try:
            for position, data in zip(positions, dataset, strict=False):
                if wanted is None or position in wanted:
                    yield position, unpacked(data, self._class_weight)
                if position == last:
                    return
        finally:
            for variable, state in states:
                variable.assign(state)

    def geometry(self, view: View) -> Geometry | None:
        """See `Reader.geometry`; known where batches are made of a known number of rows."""
        return self._rebuilt(view)[0].geometry

    def ends(self, view: View) -> bool:
        """See `Reader.ends`."""
        return not _is_endless(self._rebuilt(view)[1], self._steps)

    def held_bytes(self) -> int:
        """The tensors of `from_tensor_slices` and `from_tensors`."""
        return _held(self._dataset)

    def _chain(
        self, view: View, draw: int, wanted: tuple[int, ...] | None
    ) -> tuple[Rebuilding, Any]:
        plan, _ = self._rebuilt(view)
        if plan.geometry is None or (wanted and len(wanted) == plan.geometry.count):
            wanted = None
        # Rows in another order meet other numbers in each epoch; in one order, in none.
        skew = draw if plan.stateful and plan.shuffled else 0
        return self._rebuilt(view, skew, wanted)

    def _rebuilt(
        self, view: View, skew: int = 0, wanted: tuple[int, ...] | None = None
    ) -> tuple[Rebuilding, Any]:
        key = (view, skew, wanted)
        if key not in self._built:
            _refuse_uneven(self._dataset.element_spec)
            # Splits cut out of a reshuffled set overlap from epoch to epoch: so do these.
            seed = SEED + self._validation
            scored = self._validation and view == "fed" and self._steps is not None
            plan = Rebuilding(view, seed=seed, keep_repeat=scored, skew=skew, wanted=wanted)
            self._built[key] = (plan, plan.build(self._dataset))
            self._note_what_was_met(plan)
        return self._built[key]

    def _note_what_was_met(self, plan: Rebuilding) -> None:
        self.random = self.random or plan.stateful
        self.unpinned = self.unpinned or plan.unpinned
        self.names = tuple(plan.names) or self.names
        self.note = _RESHUFFLED if plan.reshuffled_split else self.note
        batches = plan.geometry.count if plan.geometry else None
        if plan.keep_repeat and plan.reshuffled and (self._steps or 0) < (batches or math.inf):
            self.note = self.note or _OTHERS_SCORED
        if plan.repeated and plan.keep_repeat:
            self.lap = rows_in(self._dataset)


def is_tf_dataset(data: Any) -> bool:
    """Whether `data` is a `tf.data.Dataset`, told without importing TensorFlow."""
    return any(
        cls.__name__ == "DatasetV2" and cls.__module__.startswith("tensorflow.python.")
        for cls in type(data).__mro__
    )


def rows_in(node: Any) -> int | None:
    """Rows of one pass without repetition, where every step up to the batches tells."""
    while type(node).__name__ in _AFTER_BATCHING:
        node = node._input_dataset
    if not type(node).__name__.endswith("BatchDataset"):
        return None
    size = int(node._batch_size) if bool(node._drop_remainder) else 1
    node = node._input_dataset
    while type(node).__name__ == "_RepeatDataset":
        # Batches then go on over the end: nothing is dropped.
        node, size = node._input_dataset, 1
    rows = int(node.cardinality())
    return rows // size * size if rows >= 0 else None


_AFTER_BATCHING = (
    "_PrefetchDataset",
    "_OptionsDataset",
    "CacheDataset",
    "_RepeatDataset",
    "_ShuffleDataset",
    "_MapDataset",
    "_ParallelMapDataset",
)


def _is_endless(dataset: Any, steps: int | None) -> bool:
    # -1 is infinite; of unknown length (-2) with a number of steps asked for, it may be.
    cardinality = int(dataset.cardinality())
    return cardinality == -1 or (cardinality == -2 and steps is not None)


def _refuse_uneven(element_spec: Any) -> None:
    for _, spec in named_leaves(element_spec, "x"):
        if type(spec).__name__ in ("RaggedTensorSpec", "SparseTensorSpec"):
            raise SourceUnreadableError("the rows are ragged or sparse, which are not read again")


def _held(node: Any) -> int:
    tensors = getattr(node, "_tensors", ())
    own = sum(int(t.dtype.size) * int(t.shape.num_elements() or 0) for t in tensors)
    return own + sum(_held(each) for each in node._inputs())


def _record(request: Request, cardinality: int) -> DataRecord:
    spec = request.x.element_spec
    x, y, w = (*spec, None, None)[:3] if isinstance(spec, tuple) else (spec, None, None)
    inputs = _tensors(x, "x")
    first = next(named_leaves(x, "x"))[1]
    return DataRecord(
        split=request.split,
        form="tf.data",
        rows=rows_in(request.x),
        batch_size=first.shape[0] if first.shape.rank else None,
        steps=request.steps or (cardinality if cardinality >= 0 else None),
        inputs=inputs,
        targets=_tensors(y, "y"),
        shuffled=has_shuffle(request.x),
        weighted=w is not None or request.class_weight is not None,
    )


def _tensors(spec: Any, name: str) -> tuple[TensorRecord, ...]:
    return tuple(
        TensorRecord(leaf_name, tuple(leaf.shape[1:]) if leaf.shape.rank else (), leaf.dtype.name)
        for leaf_name, leaf in named_leaves(spec, name)
    )
