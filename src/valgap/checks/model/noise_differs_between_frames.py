"""MOD128: dropout that draws another mask for each frame of one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from valgap.case import Case
from valgap.checks.example_case import example_case
from valgap.checks.layer_settings import number, short, wrapped
from valgap.checks.noise_shift import lost_without_noise
from valgap.checks.outcome import outcome
from valgap.evidence.account import Row
from valgap.evidence.records import Json, LayerRecord
from valgap.finding import Expected, Finding, Observed, Scope
from valgap.registry import check
from valgap.wording import figure, plural

_REPEATERS = ("TimeDistributed",)
_DROPOUT = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")


def _case(rate: float) -> Case:
    inner: Json = {"class_name": "Dropout", "config": {"rate": rate, "noise_shape": None}}
    frames = (3, 100, 100, 8)
    return example_case(
        layer_records=(
            LayerRecord("td", "TimeDistributed", "td", "plain", True, 0, frames, {"layer": inner}),
            LayerRecord("lstm", "LSTM", "lstm", "plain", True, 5_000, (16,)),
        )
    )


def _another_mask_each_frame() -> Case:
    return _case(0.3)


def _rate_of_zero() -> Case:
    return _case(0.0)


@check(
    code="MOD128",
    name="noise-differs-between-frames",
    family="MOD",
    severity="warning",
    fires_on=_another_mask_each_frame,
    silent_on=_rate_of_zero,
)
def noise_differs_between_frames(case: Case) -> Iterable[Finding]:
    """Dropout draws another mask for each frame or step of one row.

    What it looks for: dropout and its kin inside `TimeDistributed`, with a rate above 0 and
    no `noise_shape`. A warning where turning dropout off makes training rows clearly worse.

    Why it matters: what drops out in one frame is there in the next, so a recurrent layer
    behind it sees changes that no picture made, and averages over frames undo the noise: it
    regularises less, or disturbs more, than its rate says.

    What to do: as an experiment, `Dropout(rate, noise_shape=(None, 1, ...))` on the whole
    sequence, which drops the same units in all frames of a row.

    References: Gal and Ghahramani, A Theoretically Grounded Application of Dropout in
    Recurrent Neural Networks, 2016; Keras documentation, Dropout, `noise_shape`.
    """
    found = [(layer, rate) for layer in _repeaters(case) for rate in _rates(layer.config)]
    if not found:
        return
    layer, rate = max(found, key=lambda pair: pair[1])
    shift = lost_without_noise(case)
    yield noise_differs_between_frames.finding(
        case,
        severity="note" if shift is None else "warning",
        status="harmless" if outcome(case).is_good else "suspected",
        message=(
            f"{plural(len(found), 'dropout')} drawn anew in each frame, "
            f"rate {figure(rate)} in {short(layer.name)}"
        ),
        observed=Observed(float(len(found)), "dropouts drawn anew in each frame"),
        expected=Expected("==", 0.0, "one mask for all frames of a row, Gal and Ghahramani 2016"),
        scope=Scope(layer=", ".join(dict.fromkeys(each.name for each, _ in found))),
        evidence=(
            *(f"{each.name}: rate {figure(r)}, another mask for each frame" for each, r in found),
            *_shift_line(shift),
            "what would settle it: pairs of fits with one mask for all frames and as it is",
        ),
        help="Dropout(rate, noise_shape=(None, 1, ...)) on the whole sequence, as an experiment",
        remedies=("one-mask-for-all-frames",),
        explains=() if shift is None else ("CUR101", "CUR103", "CUR105", "EVL107", "FIT113"),
    )


def _shift_line(shift: Row | None) -> list[str]:
    if shift is None or shift.before is None or shift.delta is None:
        return []
    without = shift.before + shift.delta
    return [f"training rows: loss {figure(shift.before)}, with all dropout off {figure(without)}"]


def _repeaters(case: Case) -> tuple[LayerRecord, ...]:
    return case.layers(lambda layer: layer.cls in _REPEATERS)


def _rates(config: Mapping[str, Json]) -> Iterator[float]:
    """The rates of all dropout that a wrapper repeats, in nested models too."""
    inner = wrapped(config)
    if inner is not None:
        yield from _of_layer(*inner)


def _of_layer(cls: str, settings: Mapping[str, Json]) -> Iterator[float]:
    rate = number(settings.get("rate")) or number(settings.get("stddev")) or 0.0
    if cls in _DROPOUT and rate > 0 and not settings.get("noise_shape"):
        yield rate
    children = settings.get("layers")
    for child in children if isinstance(children, list) else []:
        held = child.get("config") if isinstance(child, Mapping) else None
        if isinstance(child, Mapping) and isinstance(held, Mapping):
            yield from _of_layer(str(child.get("class_name")), held)
