"""A `tf.data` pipeline built again from its Python objects, in an order that does not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valgap.observe.sources.base import View
from valgap.observe.sources.neutral import transforms_off
from valgap.observe.sources.plan import SEED
from valgap.observe.sources.reader import Geometry, geometry_of
from valgap.observe.sources.tf_graph import generator_states, is_random, is_seeded_inside


@dataclass
class Rebuilding:
    """How a chain is rebuilt, and what was met on the way.

    `keep_repeat`: an evaluation that goes on over the end of the data repeats it. `skew`:
    how many times random operations draw beforehand. `wanted`: positions of batches to be
    picked out before the maps that make them are run, possible where `geometry` comes out
    known. `names`: the transforms taken away. `stateful`: random operations are on that
    begin anew with each pass. `unpinned`: a shuffle stayed as it was.
    """

    view: View
    seed: int = SEED
    keep_repeat: bool = False
    names: list[str] = field(default_factory=list)
    skew: int = 0
    wanted: tuple[int, ...] | None = None
    geometry: Geometry | None = None
    stateful: bool = False
    reshuffled_split: bool = False
    shuffled: bool = False
    reshuffled: bool = False
    unpinned: bool = False
    repeated: bool = False
    generators: list[Any] = field(default_factory=list)
    _outside: bool = True
    _picking: int | None = None

    def build(self, node: Any) -> Any:
        """The data set that reads the same rows, in one order at every pass."""
        import tensorflow as tf

        options = tf.data.Options()
        options.deterministic = True
        return self._build(node, cut=False).with_options(options)

    def _build(self, node: Any, *, cut: bool) -> Any:
        if self._keeps_positions(node, cut):
            return self._stepped(node, cut)
        size, self._picking = self._picking, None
        built = self._stepped(node, cut)
        return built if size is None else picked(built, self.wanted or (), size)

    def _keeps_positions(self, node: Any, cut: bool) -> bool:
        """Whether each element that comes out is made of the one at its place."""
        kind = type(node).__name__
        if kind == "_RepeatDataset":
            return not (cut or self.keep_repeat)
        return kind in _ONE_TO_ONE and not (kind == "CacheDataset" and has_random(node))

    def _stepped(self, node: Any, cut: bool) -> Any:
        kind = type(node).__name__
        if not kind.endswith("BatchDataset") and not self._keeps_positions(node, cut):
            self._outside = False
        step = _STEPS.get(kind)
        if step is not None:
            return step(self, node, cut)
        # A kind not known here stays as it is, with all that comes before it.
        self._look_at(node)
        self.unpinned = self.unpinned or has_shuffle(node)
        return node

    def _look_at(self, node: Any) -> None:
        for wrapped in node._functions():
            if hasattr(wrapped.function, "graph"):
                self.generators += generator_states(wrapped.function)
                self.stateful = self.stateful or is_seeded_inside(wrapped.function)

    def _through(self, node: Any, cut: bool) -> Any:
        return self._build(node._input_dataset, cut=cut)

    def _cached(self, node: Any, cut: bool) -> Any:
        # What was drawn before a cache is drawn once: such rows are the same in every epoch.
        return node if has_random(node) else self._through(node, cut)

    def _repeat(self, node: Any, cut: bool) -> Any:
        self.repeated = True
        inner = self._through(node, cut)
        return inner.repeat(node._count) if cut or self.keep_repeat else inner

    def _shuffle(self, node: Any, cut: bool) -> Any:
        self.shuffled = True
        inner = self._through(node, cut)
        if cut and not node._reshuffle_each_iteration:
            # Its order says which rows are in this split.
            return node
        self.reshuffled = self.reshuffled or node._reshuffle_each_iteration
        self.reshuffled_split = self.reshuffled_split or cut
        return inner.shuffle(node._buffer_size, seed=self.seed, reshuffle_each_iteration=False)

    def _cut(self, node: Any, cut: bool) -> Any:
        del cut
        inner = self._through(node, True)
        if inner is node._input_dataset:
            return node
        kind = type(node).__name__
        if kind == "_ShardDataset":
            return inner.shard(node._num_shards, node._index)
        return inner.take(node._count) if kind == "_TakeDataset" else inner.skip(node._count)

    def _batch(self, node: Any, cut: bool) -> Any:
        outermost, self._outside = self._outside, False
        size, drop = int(node._batch_size), bool(node._drop_remainder)
        if outermost and self.wanted is not None:
            self._picking = size
        inner = self._through(node, cut)
        if outermost:
            self.geometry = geometry_of(int(inner.cardinality()), size, drop=drop)
        if inner is node._input_dataset:
            return node
        if type(node).__name__ == "_PaddedBatchDataset":
            return inner.padded_batch(
                size, node._padded_shapes, node._padding_values, drop_remainder=drop
            )
        return inner.batch(size, drop_remainder=drop)

    def _zip(self, node: Any, cut: bool) -> Any:
        import tensorflow as tf

        if has_shuffle(node):
            # What is shuffled before it is paired is paired by those shuffles: in any other
            # order inputs would get other labels than in the fit.
            self.unpinned = self.shuffled = True
            return node
        inner = tf.nest.map_structure(lambda each: self._build(each, cut=cut), node._datasets)
        return tf.data.Dataset.zip(inner)

    def _concatenate(self, node: Any, cut: bool) -> Any:
        first, second = (self._build(each, cut=cut) for each in node._inputs())
        return first.concatenate(second)

    def _unbatch(self, node: Any, cut: bool) -> Any:
        below = node._input_dataset
        if type(below).__name__ == "_RestructuredDataset":
            # What `unbatch` itself puts before: it will do so again.
            below = below._input_dataset._input_dataset
        inner = self._build(below, cut=cut)
        return node if inner is below else inner.unbatch()

    def _filter(self, node: Any, cut: bool) -> Any:
        self._look_at(node)
        inner = self._through(node, cut)
        return node if inner is node._input_dataset else inner.filter(again(node._predicate))

    def _flat(self, node: Any, cut: bool) -> Any:
        self._look_at(node)
        inner = self._through(node, cut)
        if inner is node._input_dataset:
            return node
        function = again(node._map_func)
        if type(node).__name__ == "_FlatMapDataset":
            return inner.flat_map(function)
        return inner.interleave(
            function, cycle_length=node._cycle_length, block_length=node._block_length
        )

    def _map(self, node: Any, cut: bool) -> Any:
        inner = self._through(node, cut)
        wrapped = node._map_func
        self.generators += generator_states(wrapped.function)
        if not is_random(wrapped.function):
            return node if inner is node._input_dataset else inner.map(again(wrapped))
        if self.view == "clean":
            clean = self._without_transforms(node, inner)
            if clean is not None:
                return clean
        if not is_seeded_inside(wrapped.function):
            return inner.map(again(wrapped))
        self.stateful = True
        # Repeated, as there may be fewer elements than numbers to pass over.
        ahead = inner.repeat().take(self.skew).concatenate(inner) if self.skew else inner
        return ahead.map(again(wrapped)).skip(self.skew)

    def _without_transforms(self, node: Any, inner: Any) -> Any:
        """The map traced again with transforms off; None where randomness is left in it."""
        with transforms_off() as names:
            try:
                clean = inner.map(node._map_func._func)
            except Exception:  # the user's own function: it stays as it was, and opaque
                return None
        if is_random(clean._map_func.function) or not _alike(clean, node):
            return None
        self.names += [name for name in names if name not in self.names]
        return clean


_STEPS: dict[str, Callable[[Rebuilding, Any, bool], Any]] = {
    "_PrefetchDataset": Rebuilding._through,
    "_OptionsDataset": Rebuilding._through,
    "_ModelDataset": Rebuilding._through,
    "CacheDataset": Rebuilding._cached,
    "_RepeatDataset": Rebuilding._repeat,
    "_ShuffleDataset": Rebuilding._shuffle,
    "_TakeDataset": Rebuilding._cut,
    "_SkipDataset": Rebuilding._cut,
    "_ShardDataset": Rebuilding._cut,
    "_BatchDataset": Rebuilding._batch,
    "_ParallelBatchDataset": Rebuilding._batch,
    "_PaddedBatchDataset": Rebuilding._batch,
    "_ZipDataset": Rebuilding._zip,
    "_ConcatenateDataset": Rebuilding._concatenate,
    "_UnbatchDataset": Rebuilding._unbatch,
    "_FilterDataset": Rebuilding._filter,
    "_FlatMapDataset": Rebuilding._flat,
    "_InterleaveDataset": Rebuilding._flat,
    "_ParallelInterleaveDataset": Rebuilding._flat,
    "_MapDataset": Rebuilding._map,
    "_ParallelMapDataset": Rebuilding._map,
}


_ONE_TO_ONE = (
    "_PrefetchDataset",
    "_OptionsDataset",
    "_ModelDataset",
    "CacheDataset",
    "_MapDataset",
    "_ParallelMapDataset",
)


def picked(dataset: Any, wanted: tuple[int, ...], size: int) -> Any:
    """The elements that make the batches of `size` at the `wanted` positions."""
    import tensorflow as tf

    mask = np.zeros(max(wanted, default=0) + 1, bool)
    mask[list(wanted)] = True
    flags = tf.constant(mask)

    def is_wanted(index: Any, _: Any) -> Any:
        return tf.gather(flags, index // size)

    elements = dataset.enumerate().take(len(mask) * size).filter(is_wanted)
    return elements.map(lambda _, element: element)


def has_shuffle(node: Any) -> bool:
    """Whether the chain up to here shuffles."""
    if type(node).__name__ == "_ShuffleDataset":
        return True
    return any(has_shuffle(each) for each in node._inputs())


def has_random(node: Any) -> bool:
    """Whether any function of the chain up to here draws random numbers."""
    functions = [wrapped.function for wrapped in node._functions()]
    if any(hasattr(function, "graph") and is_random(function) for function in functions):
        return True
    return any(has_random(each) for each in node._inputs())


def again(wrapped: Any) -> Callable[..., Any]:
    """The function of a map as it was traced, to be applied to another data set.

    Tracing the Python function anew could give another graph: it may read names that the
    script has since bound to something else.
    """
    import tensorflow as tf
    from tensorflow.python.data.util import structure

    def call(*args: Any) -> Any:
        element = args if _is_unpacked(wrapped._input_structure) else args[0]
        flat = structure.to_tensor_list(wrapped._input_structure, element)
        outputs = wrapped.function(*flat)
        return structure.from_compatible_tensor_list(wrapped._output_structure, outputs)

    return tf.autograph.experimental.do_not_convert(call)  # type: ignore[no-any-return]


def _alike(one: Any, other: Any) -> bool:
    import tensorflow as tf

    mine, theirs = one.element_spec, other.element_spec
    flat = zip(tf.nest.flatten(mine), tf.nest.flatten(theirs), strict=False)
    same = all(a.dtype == b.dtype and a.shape.is_compatible_with(b.shape) for a, b in flat)
    return same and len(tf.nest.flatten(mine)) == len(tf.nest.flatten(theirs))


def _is_unpacked(element_spec: Any) -> bool:
    return type(element_spec) is tuple
