"""MOD126: kernels larger than what they look at, or a last map too small or too short-sighted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.example_scores import referenced, scored
from valgap.checks.feature_maps import Map, feature_maps, is_pooled_globally
from valgap.checks.layer_settings import short
from valgap.checks.learning import STATES
from valgap.checks.shortfall import shortfall
from valgap.evidence.records import DataRecord, Json, LayerRecord, TensorRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check

# A first kernel over half of the side leaves fewer places to look from than it is wide.
OF_THE_SIDE = 0.5
# A window of twice its map meets padding with three quarters of its weights.
OF_A_MAP = 2.0
# Halving a picture keeps lines of two pixels; three times and more does not.
COARSE = 3.0
# Of 224 pixels, networks that see patches of 33 (a seventh) do nearly as well as those that
# see all, of 17 (a thirteenth) clearly worse: Brendel and Bethge, 2019.
FIELD = 1 / 8

_LOSS = (1.38, 1.3, 1.25, 1.2, 1.18, 1.16, 1.15, 1.14, 1.14, 1.13, 1.13, 1.13)


def _case(kernel: int) -> Case:
    def record(name: str, cls: str, shape: tuple[int, ...], **config: Json) -> LayerRecord:
        return LayerRecord(name, cls, name, "plain", True, 100, shape, config)

    records = (
        record("conv2d", "Conv2D", (32, 32, 16), kernel_size=[kernel] * 2, strides=[1, 1]),
        record("max_pooling2d", "MaxPooling2D", (16, 16, 16), pool_size=[2, 2], strides=[2, 2]),
        record("flatten", "Flatten", (4096,)),
        record("dense", "Dense", (4,)),
    )
    picture = TensorRecord("x", (32, 32, 3), "float32")
    return example_case(
        loss=_LOSS,
        val_loss=_LOSS,
        rows={},
        layer_records=records,
        changes={"train": DataRecord("train", "numpy", 1408, 64, 22, inputs=(picture,))},
        measured_model={"predictions": scored(0.5, 0.48)},
        measured_rows={"references": referenced(0.8)},
    )


def _wide_kernel() -> Case:
    return _case(25)


def _small_kernel() -> Case:
    return _case(3)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What is too large or too small: in words, with its number and threshold."""

    layer: str
    message: str
    value: float
    bound: Expected


@check(
    code="MOD126",
    name="receptive-field-mismatch",
    family="MOD",
    severity="warning",
    needs=("predictions", "references"),
    fires_on=_wide_kernel,
    silent_on=_small_kernel,
)
def receptive_field_mismatch(case: Case) -> Iterable[Finding]:
    """Kernels or pooling do not suit the size of what they look at.

    What it looks for: in plain stacks of convolutions, a first kernel of more than half of
    the side, pooling by three or more before any filter, a window of twice the map it reads,
    a last map pooled down to one place, or global pooling over places that see less than an
    eighth of the side; and training rows that score clearly below a cheap reference, without
    which nothing is said.

    Why it matters: too large a kernel is a dense layer with the weights of one; a map of one
    place no longer knows where anything was; a place that sees a few pixels knows texture
    alone.

    What to do: 3 x 3 kernels in several layers, pooling until the last map is some 4 to 8
    wide, then global pooling or a small dense layer.

    References: Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural
    Networks, Distill, 2019; Luo et al., Understanding the Effective Receptive Field, 2016;
    Brendel and Bethge, Approximating CNNs with Bag-of-local-Features Models, 2019.
    """
    short_by = shortfall(case)
    found = next(_mismatches(case), None)
    if short_by is None or found is None:
        return
    yield receptive_field_mismatch.finding(
        case,
        status="suspected",
        message=found.message,
        observed=Observed(found.value, found.bound.source.split(",")[0]),
        expected=found.bound,
        size=0.3 * short_by.share,
        scope=Scope(layer=found.layer),
        evidence=(
            f"maps: {_chain(case)}",
            "what would settle it: pairs of fits with 3 x 3 kernels and a last map of 4 to 8",
        ),
        help="3 x 3 kernels in several layers, a last map some 4 to 8 wide",
        remedies=("smaller-kernels", "less-pooling"),
        explains=(*STATES, "EVL107", "EVL109", "MOD119"),
    )


def _mismatches(case: Case) -> Iterator[Mismatch]:
    maps = feature_maps(case)
    if maps:
        yield from _first_kernel(maps[0])
        yield from (found for each in maps for found in _wasted(each))
        yield from _one_place(case, maps)
        yield from _blurred(maps)
        yield from _short_sighted(case, maps)


def _first_kernel(first: Map) -> Iterator[Mismatch]:
    if first.is_convolution and first.window > OF_THE_SIDE * first.side > 0:
        told = f"first kernel of {first.window} on {first.side} wide inputs"
        bound = Expected("<=", OF_THE_SIDE * first.side, "kernel width, half of the side")
        yield Mismatch(first.layer, told, float(first.window), bound)


def _blurred(maps: tuple[Map, ...]) -> Iterator[Mismatch]:
    """Pooling before the first filter: what is finer than its window is gone unseen."""
    before = list(itertools.takewhile(lambda each: not each.is_convolution, maps))
    if before and len(before) < len(maps) and maps[0].side >= COARSE * before[-1].after:
        factor = maps[0].side / max(1, before[-1].after)
        told = f"pooled {factor:.0f} times before the first filter: {before[-1].after} wide"
        bound = Expected("<", COARSE, "pooling before the first filter, a factor")
        yield Mismatch(before[0].layer, told, float(factor), bound)


def _wasted(each: Map) -> Iterator[Mismatch]:
    if each.window > OF_A_MAP * each.side > 0:
        told = f"a window of {each.window} on a map of {each.side}: {short(each.layer)}"
        bound = Expected("<=", OF_A_MAP * each.side, "window width, twice the map it reads")
        yield Mismatch(each.layer, told, float(each.window), bound)


def _one_place(case: Case, maps: tuple[Map, ...]) -> Iterator[Mismatch]:
    """A last map of one place that pooling or strides made, not a kernel that saw it all."""
    last = maps[-1]
    covers = last.is_convolution and last.window >= last.side
    if last.after == 1 < last.side and not covers and not is_pooled_globally(case):
        told = f"the last feature map is 1 wide, pooled down by {short(last.layer)}"
        yield Mismatch(last.layer, told, 1.0, Expected(">", 1.0, "last map width, one place"))


def _short_sighted(case: Case, maps: tuple[Map, ...]) -> Iterator[Mismatch]:
    last, side = maps[-1], maps[0].side
    if is_pooled_globally(case) and last.field < FIELD * side:
        told = f"places of the last map see {last.field} of {side} pixels or steps"
        bound = Expected(">=", FIELD * side, "receptive field, an eighth of the side")
        yield Mismatch(last.layer, told, float(last.field), bound)


def _chain(case: Case) -> str:
    maps = feature_maps(case)
    sides = [str(maps[0].side), *(str(each.after) for each in maps)] if maps else []
    return " -> ".join(sides[:12])
