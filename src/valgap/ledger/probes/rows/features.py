"""A cheap table of numbers for each row, whatever its inputs are.

All of them follow a change of scale and offset of an input (they are means, spreads,
differences, or logarithms of power), so that standardising them by split undoes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from valgap.evidence.rows import InputKind
from valgap.ledger.probes.rows.arrays import Array, as_floats, blocks, numeric
from valgap.ledger.probes.rows.kinds import kind_of
from valgap.observe.sources.nested import Nested, named_leaves

SIDE, GRID = 16, 4
"""Pictures are shrunk to this many cells a side; the grid of their gradients is coarser."""

MOST_COLUMNS = 1024
LARGEST_SIDE, MOST_FRAMES, MOST_STEPS = 128, 16, 12
MOST_CHANNELS, MOST_SERIES = 64, 64
SPECTRAL_SERIES, BANDS = 16, 6
COLUMNS_A_FEATURE = {"columns": 1, "summary": 6}
"""Parts whose columns belong to single features: 6 summaries of each feature of a series."""

TOKENS = 512
LONGEST_TABLE = 4096


@dataclass(frozen=True, slots=True)
class Block:
    """Columns of one kind, (rows, columns), single precision; `name` says of which input.

    `part` tells pixels (an `(side, side, channels)` picture of `shape`) from other columns.
    """

    name: str
    part: str
    values: Array
    shape: tuple[int, ...] = ()


Parts: TypeAlias = dict[str, tuple[Array, tuple[int, ...]]]


def kinds_of(x: Nested) -> dict[str, InputKind]:
    """Returns the kind of each input that holds numbers, by name."""
    arrays = ((name, numeric(leaf)) for name, leaf in named_leaves(x, "x"))
    return {name: kind_of(array) for name, array in arrays if array is not None}


def features_of(x: Nested, kinds: dict[str, InputKind]) -> list[Block]:
    """Returns blocks of columns for the rows of all inputs.

    Args:
        x: inputs, rows first.
        kinds: what each input is, as told from training rows, so that splits are alike.
    """
    found = []
    for name, leaf in named_leaves(x, "x"):
        array = numeric(leaf)
        if array is None or name not in kinds or array[:1].size == 0:
            continue
        with np.errstate(all="ignore"):
            parts = [_parts(block, kinds[name]) for block in blocks(array)]
        for part, (_, shape) in parts[0].items():
            values = np.concatenate([block[part][0] for block in parts])
            found.append(Block(name, part, values.astype(np.float32, copy=False), shape))
    return found


def _parts(block: Array, kind: InputKind) -> Parts:
    make: dict[InputKind, Callable[[Array], Parts]] = {
        "image": _image,
        "frames": _frames,
        "series": _series,
        "table": _table,
        "other": _other,
    }
    return make[kind](block)


def _image(block: Array) -> Parts:
    pictures = _channels_last(block)
    small = shrunk(pictures, _side(pictures.shape[-1]))
    return {
        "pixels": (small.reshape(len(small), -1), small.shape[1:]),
        "texture": (_texture(pictures, small), ()),
    }


def _texture(pictures: Array, small: Array) -> Array:
    """Means and spreads of channels, how much neighbours differ and where, grey levels."""
    mean = small.mean(axis=(1, 2))
    thin = max(1, min(pictures.shape[1:3]) // (2 * SIDE))
    spread = pictures[:, ::thin, ::thin].std(axis=(1, 2))
    channels = pictures.shape[-1]
    grey = pictures[..., :1] / np.float32(channels)
    for c in range(1, channels):  # a mean over a short last axis is slow
        grey = grey + pictures[..., c : c + 1] / np.float32(channels)
    edges = [
        shrunk(np.abs(np.diff(grey, axis=axis)), GRID).reshape(len(grey), -1)
        for axis in (1, 2)
        if grey.shape[axis] > 1
    ]
    levels = np.quantile(small.mean(axis=-1).reshape(len(small), -1), _LEVELS, axis=1).T
    return np.concatenate([mean, spread, *edges, levels], axis=1)


_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def _frames(block: Array) -> Parts:
    """The mean picture, where frames differ, and how the last one differs from the first."""
    count, length = block.shape[:2]
    chosen = np.linspace(0, length - 1, min(length, MOST_FRAMES)).astype(int)
    pictures = _channels_last(block[:, chosen].reshape(-1, *block.shape[2:]))
    small = shrunk(pictures, _side(pictures.shape[-1]))
    texture = _texture(pictures, small).reshape(count, len(chosen), -1)
    small = small.reshape(count, len(chosen), *small.shape[1:])
    coarse = shrunk(small.reshape(-1, *small.shape[2:]), SIDE // 2)
    coarse = coarse.reshape(count, len(chosen), -1)
    mean = small.mean(axis=1)
    motion = [coarse.std(axis=1), coarse[:, -1] - coarse[:, 0]]
    return {
        "pixels": (mean.reshape(count, -1), mean.shape[1:]),
        "motion": (np.concatenate(motion, axis=1), ()),
        "texture": (np.concatenate([texture.mean(axis=1), texture.std(axis=1)], axis=1), ()),
    }


def _series(block: Array) -> Parts:
    """Summaries by feature, the course in a few steps, and power by band of frequency."""
    values = as_floats(block[..., spread_over(block.shape[-1], MOST_SERIES)])
    steps = np.abs(np.diff(values, axis=1)) if values.shape[1] > 1 else np.zeros_like(values)
    summary = [
        values.mean(axis=1),
        values.std(axis=1),
        values.min(axis=1),
        values.max(axis=1),
        values[:, -1],
        steps.mean(axis=1),
    ]
    course = _pooled(values, 1, MOST_STEPS).reshape(len(values), -1)
    parts: Parts = {
        "summary": (np.concatenate(summary, axis=1), ()),
        "steps": (course[:, spread_over(course.shape[1], MOST_COLUMNS)], ()),
    }
    if values.shape[1] >= 2 * BANDS:
        parts["spectrum"] = (_spectrum(values), ())
    return parts


def _spectrum(values: Array) -> Array:
    """The share of power in each of a few bands, each twice as high as the one before."""
    some = values[..., spread_over(values.shape[-1], SPECTRAL_SERIES)]
    some = np.nan_to_num(some - some.mean(axis=1, keepdims=True), posinf=0.0, neginf=0.0)
    power = np.abs(np.fft.rfft(some, axis=1)[:, 1:]) ** 2
    ends = np.unique(np.geomspace(1, power.shape[1] + 1, BANDS + 1).astype(int)) - 1
    bands = np.add.reduceat(power, ends[:-1], axis=1)
    share = bands / np.maximum(bands.sum(axis=1, keepdims=True), 1e-30)
    return np.asarray(np.log(share + 1e-6).reshape(len(values), -1))


def _table(block: Array) -> Parts:
    columns = as_floats(block.reshape(len(block), -1))
    return {"columns": (columns[:, spread_over(columns.shape[1], LONGEST_TABLE)], ())}


def _other(block: Array) -> Parts:
    if block.ndim != 2:
        flat = as_floats(block.reshape(len(block), -1))
        return {"values": (flat[:, spread_over(flat.shape[1], MOST_COLUMNS)], ())}
    return {"tokens": (_bag(block), ())}


def _bag(block: Array) -> Array:
    """How often each token stands in a row (square root), without the 0 of padding."""
    tokens = np.nan_to_num(as_floats(block), posinf=0.0, neginf=0.0).astype(np.int64)
    # Knuth's multiplicative hash, where there are more tokens than columns.
    columns = np.where(tokens < TOKENS, tokens, (tokens * 2654435761 % 2**32) % TOKENS)
    cells = np.arange(len(block))[:, None] * TOKENS + columns
    counts = np.bincount(cells[tokens > 0].reshape(-1), minlength=len(block) * TOKENS)
    return np.sqrt(counts.reshape(len(block), TOKENS)).astype(np.float32)


def shrunk(pictures: Array, side: int) -> Array:
    """Returns pictures (rows, height, width, channels) averaged down to `side` cells a side."""
    return _pooled(_pooled(pictures, 1, side), 2, side)


def _pooled(values: Array, axis: int, cells: int) -> Array:
    """Means over `cells` stretches of one axis, as it is where it is no longer than that."""
    length = values.shape[axis]
    if length <= cells:
        return values
    if length % cells == 0:
        shape = (*values.shape[:axis], cells, length // cells, *values.shape[axis + 1 :])
        return np.asarray(values.reshape(shape).mean(axis=axis + 1))
    starts = np.arange(cells) * length // cells
    sizes = np.diff([*starts, length]).astype(values.dtype)
    sums = np.add.reduceat(values, starts, axis=axis)
    return np.asarray(sums / sizes.reshape(-1, *([1] * (values.ndim - axis - 1))))


def _channels_last(block: Array) -> Array:
    """Pictures as (rows, height, width, channels), thinned out where they are large."""
    pictures = block[..., None] if block.ndim == 3 else block
    high, wide, channels = pictures.shape[1:]
    if high <= 4 < min(wide, channels):
        pictures = np.moveaxis(pictures, 1, -1)
    high, wide, channels = pictures.shape[1:]
    thin = max(1, min(high, wide) // LARGEST_SIDE)
    return as_floats(pictures[:, ::thin, ::thin, spread_over(channels, MOST_CHANNELS)])


def _side(channels: int) -> int:
    return max(2, min(SIDE, int((MOST_COLUMNS / channels) ** 0.5)))


def spread_over(of: int, limit: int) -> Array | slice:
    """All of `of` columns, or `limit` of them at even distance."""
    return slice(None) if of <= limit else np.linspace(0, of - 1, limit).astype(int)
