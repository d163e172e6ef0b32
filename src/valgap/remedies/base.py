"""The remedies there are, and a recipe with some of them put on."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Literal

from valgap.experiments.arms import CannotVaryError, parts_of

if TYPE_CHECKING:
    from valgap.observe.recipe import Recipe

__all__ = ["CannotVaryError", "Remedy", "load_remedies", "remedied", "remedies_for", "remedy"]

Room = Literal["model", "data", "compile", "fit"]
Vary = Callable[["Recipe", str], "Recipe"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change of a fit that may help.

    `treats` are codes of findings; `also` other names that findings give it. `options` are ways
    to do it. What is not `safe` takes knowledge of the data, as flips do. A `placebo` changes
    nothing that matters. `costs` is how many times as long as before a fit takes. `contains`
    and `excludes` name remedies that it is not combined with: the first do a part of what it
    does, the others contradict it. Of a combination those of a lower `order` come first: rows are
    left out and targets encoded (below 0 to 2), then rows held out (9), then what goes by the
    number of rows or steps that are left.
    `holds_out` is the share of training rows that it takes aside to judge by while it trains:
    neither validation nor locked rows are looked at.
    """

    name: str
    treats: tuple[str, ...]
    room: Room
    changed: str
    vary: Vary
    options: tuple[str, ...] = ("",)
    safe: bool = True
    placebo: bool = False
    costs: float = 1.0
    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    order: int = 0
    holds_out: float = 0.0

    @property
    def doc(self) -> str:
        """What it changes, when it helps, what it can harm, references."""
        return inspect.getdoc(self.vary) or ""

    def arm(self, option: str) -> str:
        """Gives back the name of one way to do it."""
        return f"{self.name}:{option}" if option else self.name

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of all ways to do it."""
        return tuple(self.arm(option) for option in self.options)

    def goes_with(self, other: Remedy) -> bool:
        """Whether both can be put on one recipe."""
        ours, theirs = ({*r.contains, *r.excludes, r.name} for r in (self, other))
        return other.name not in ours and self.name not in theirs


_remedies: dict[str, Remedy] = {}
_broken: dict[str, str] = {}


def remedy(  # noqa: PLR0913
    *,
    name: str,
    treats: tuple[str, ...],
    room: Room,
    changed: str,
    options: tuple[str, ...] = ("",),
    safe: bool = True,
    placebo: bool = False,
    costs: float = 1.0,
    contains: tuple[str, ...] = (),
    excludes: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    order: int = 0,
    holds_out: float = 0.0,
) -> Callable[[Vary], Remedy]:
    """Registers a function (recipe, option) -> recipe as a remedy; see `Remedy`.

    The function raises `CannotVaryError` where there is nothing of the kind, in one line.

    Raises:
        ValueError: if the name is taken.
    """

    def register(vary: Vary) -> Remedy:
        taken = _remedies.get(name)
        if taken is not None and taken.vary.__module__ != vary.__module__:
            raise ValueError(f"{name} is taken by {taken.vary.__module__}")
        made = Remedy(
            name, treats, room, changed, vary, options, safe, placebo, costs, contains, excludes,
            also, order, holds_out,
        )  # fmt: skip
        _remedies[name] = made
        return made

    return register


@cache
def load_remedies() -> tuple[Remedy, ...]:
    """Gives back all remedies by name: those of valgap, and of others by entry points.

    They are looked for once a process: each training asks for them.
    Those of others that cannot be loaded are left out; `broken_remedies` tells of them.
    """
    package = importlib.import_module("valgap.remedies.catalogue")
    for module in pkgutil.iter_modules(package.__path__, "valgap.remedies.catalogue."):
        importlib.import_module(module.name)
    for entry in entry_points(group="valgap.remedies"):
        try:
            entry.load()
        except Exception as error:  # whatever the module of someone else raises
            _broken[entry.name] = f"{entry.value}: {type(error).__name__}: {error}"
    return tuple(_remedies[name] for name in sorted(_remedies))


def broken_remedies() -> dict[str, str]:
    """Gives back the entry points that could not be loaded, and why."""
    return dict(_broken)


def remedies_for(name: str) -> tuple[Remedy, ...]:
    """Gives back the remedies that a finding means by a name, which may be none."""
    return tuple(r for r in load_remedies() if name in (r.name, *r.also))


def remedied(recipe: Recipe, arms: Sequence[str]) -> Recipe:
    """Gives back a recipe with remedies put on.

    Args:
        recipe: the fit as recorded; it is left as it is. `recipe.validation` is scored only: it
            may hold whichever rows judge, as they are encoded alongside where that is needed.
        arms: names of remedies, after a colon the option. They are put on in this order, those
            of a lower `order` first.

    Raises:
        CannotVaryError: if one of them is not known, does not go with another, or finds nothing
            of its kind.
    """
    chosen = [(_found(name), option) for name, option in map(parts_of, arms)]
    _refuse_contradictions([r for r, _ in chosen])
    for made, option in sorted(chosen, key=lambda pair: pair[0].order):
        recipe = _with_what_is_known(made.vary(_shaped(recipe), option))
    return recipe


def _found(name: str) -> Remedy:
    known = {r.name: r for r in load_remedies()}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise CannotVaryError(
            f"no remedy {name!r}" + (f": did you mean {near[0]}?" if near else "")
        )
    return known[name]


def _refuse_contradictions(chosen: Sequence[Remedy]) -> None:
    for place, one in enumerate(chosen):
        for other in chosen[:place]:
            if not one.goes_with(other):
                raise CannotVaryError(f"{one.name} does not go with {other.name}")


def _shaped(recipe: Recipe) -> Recipe:
    """Shapes of layers, which a remedy put on before may have made unknown, told again."""
    from valgap.remedies.shapes import is_shaped, with_shapes

    return recipe if is_shaped(recipe) else with_shapes(recipe)


def _with_what_is_known(recipe: Recipe) -> Recipe:
    """Groups and sub-labels are those of the rows: where rows went and they stayed, they go."""
    groups, subclasses = (
        {} if len(told.get("train", ())) not in (0, recipe.train.count) else told
        for told in (recipe.groups, recipe.subclasses)
    )
    return replace(recipe, groups=groups, subclasses=subclasses)
