"""The fits of one loop, by their settings: what another seed does beside what a setting does."""

from __future__ import annotations

from collections.abc import Sequence

from valgap.evidence.model import SeedSpread
from valgap.evidence.records import FitRecord
from valgap.evidence.settings import flat
from valgap.ledger.draw import directions

# Arguments that hold rows, or change nothing that is learned.
_NO_ARGUMENT = {"x", "y", "validation_data", "sample_weight", "callbacks", "verbose"}
_LONGEST = 60


def seed_spread(
    fit: FitRecord, fits: Sequence[FitRecord], *, goes_on: bool = False
) -> SeedSpread | None:
    """Returns the scores of the fits at the call site of `fit`, by setting.

    Only for the last of them, lest every fit tells the same; None where it stands alone, and
    where fits of one setting differ by more than their seed: in their rows, or as one goes on
    where another ended.

    Args:
        fit: the fit that is to tell.
        fits: all of the run.
        goes_on: whether the model of `fit` had been fitted at that call site before.
    """
    alike = [f for f in fits if f.study is not None and f.study == fit.study and f.epochs]
    figure = _figure(alike)
    if not alike or alike[-1].id != fit.id or figure is None:
        return None
    settings = [_settings(f) for f in alike]
    names = _names(settings)
    is_one = len(set(names)) < 2
    if len(names) < 2 or (is_one and (goes_on or not _are_of_the_same_rows(alike))):
        return None
    scores: dict[str, tuple[float, ...]] = {}
    for one, name in zip(alike, names, strict=True):
        value = one.epochs[-1].logs.get(figure)
        if value is not None:
            scores[name] = (*scores.get(name, ()), value)
    higher = directions((figure,))[figure] == "higher"
    held_out = [f.validation.rows for f in alike if f.validation and f.validation.rows]
    return SeedSpread(figure, higher, scores, min(held_out, default=None))


def _are_of_the_same_rows(fits: Sequence[FitRecord]) -> bool:
    """Whether all are known to be fitted to the same rows, and scored on the same."""
    told = {(f.train.checksum, f.validation.checksum if f.validation else None) for f in fits}
    return len(told) == 1 and None not in next(iter(told))


def _figure(fits: Sequence[FitRecord]) -> str | None:
    """The first metric of validation that all fits logged, else its loss."""
    logged = [f.epochs[-1].logs for f in fits]
    both = [k for k in (logged[0] if logged else ()) if all(k in logs for logs in logged)]
    held_out = [k for k in both if k.startswith("val_")]
    return next((k for k in held_out if k != "val_loss"), next(iter(held_out), None))


def _settings(fit: FitRecord) -> dict[str, str]:
    """Everything that a user chose for a fit, flat, by place."""
    found = {f"fit.{k}": v for k, v in fit.arguments.items() if k not in _NO_ARGUMENT}
    for i, layer in enumerate(fit.model.layers):
        found[f"layer {i + 1}"] = layer.cls
        found.update(flat(layer.config, f"layer {i + 1}"))
    if fit.compile is not None:
        found |= {"loss": fit.compile.loss, "optimizer": fit.compile.optimizer}
        found.update(flat(fit.compile.optimizer_config, "optimizer"))
    found["callbacks"] = ", ".join(c.cls for c in fit.callbacks)
    found["class_weight"] = str(fit.class_weight)
    return found


def _names(settings: list[dict[str, str]]) -> list[str]:
    """What sets each fit apart from the others, such as `rate 0.3`; equal for equal settings."""
    places = list(dict.fromkeys(place for one in settings for place in one))
    differ = [p for p in places if len({one.get(p) for one in settings}) > 1]
    told = [
        ", ".join(f"{p.rsplit('.', 1)[-1]} {one[p]}" for p in differ if p in one)
        for one in settings
    ]
    whole = [tuple(one.get(p) for p in differ) for one in settings]
    numbers = {key: i + 1 for i, key in enumerate(dict.fromkeys(whole))}
    # Cut short, two settings may read the same: their number keeps them apart.
    return [
        name if len(name) <= _LONGEST else f"setting {numbers[key]}: {name[: _LONGEST - 14]}"
        for name, key in zip(told, whole, strict=True)
    ]
