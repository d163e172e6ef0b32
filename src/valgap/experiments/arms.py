"""The experiments there are, and what each makes of a recipe."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from valgap.finding import Finding
    from valgap.observe.recipe import Recipe

Direction = Literal["up", "down", "same"]


class CannotVaryError(Exception):
    """A recipe that has nothing of the kind that is to be varied, and why."""


@dataclass(frozen=True, slots=True)
class Trainable:
    """An experiment that trains: the cause is taken away, the rest is held.

    `settles` are the codes whose finding it puts to the test. `options` are ways to take the
    cause away: one seed chooses among them, others judge. With `down` the cause inflates the
    figure, and taking it away is to lower it; with `same` it is to change nothing.
    `option_of` takes the option from the finding that is put to the test; `applies` says
    whether it can settle this one, as not every finding of a code is of one kind. `contains`
    names experiments that do a part of what this one does: neither is a rival of the other.
    """

    name: str
    settles: tuple[str, ...]
    varied: str
    held: str
    vary: Callable[[Recipe, str], Recipe]
    options: tuple[str, ...] = ("",)
    direction: Direction = "up"
    costs: float = 1.0
    option_of: Callable[[Finding], str | None] | None = None
    contains: tuple[str, ...] = ()
    applies: Callable[[Finding], bool] = lambda _: True

    @property
    def doc(self) -> str:
        """What it varies, what confirms and what refutes."""
        return inspect.getdoc(self.vary) or ""

    def arm(self, option: str) -> str:
        """Gives back the name of one way to take the cause away."""
        return f"{self.name}:{option}" if option else self.name


_experiments: dict[str, Trainable] = {}


def experiment(  # noqa: PLR0913
    *,
    name: str,
    settles: tuple[str, ...],
    varied: str,
    held: str = "data, split, seed, epochs and all other settings",
    options: tuple[str, ...] = ("",),
    direction: Direction = "up",
    costs: float = 1.0,
    option_of: Callable[[Finding], str | None] | None = None,
    contains: tuple[str, ...] = (),
    applies: Callable[[Finding], bool] = lambda _: True,
) -> Callable[[Callable[[Recipe, str], Recipe]], Trainable]:
    """Registers a function (recipe, option) -> recipe as an experiment.

    Args:
        name: its name for ever, such as rate-lowered.
        settles: codes of the findings that it puts to the test.
        varied: what differs between the two sides, in words.
        held: what does not.
        options: ways to take the cause away.
        direction: where the figure goes when the cause is taken away.
        costs: how many times as long as the recorded fit one of its fits takes.
        option_of: gives the option that a finding asks for, None where it asks for none.
        contains: names of experiments that do a part of what this one does.
        applies: whether it can settle a finding of these codes; any, if it is not given.

    Raises:
        ValueError: if the name is taken.
    """

    def register(vary: Callable[[Recipe, str], Recipe]) -> Trainable:
        taken = _experiments.get(name)
        if taken is not None and taken.vary.__module__ != vary.__module__:
            raise ValueError(f"{name} is taken by {taken.vary.__module__}")
        made = Trainable(
            name, settles, varied, held, vary, options, direction, costs, option_of, contains,
            applies,
        )  # fmt: skip
        _experiments[name] = made
        return made

    return register


def load_experiments() -> tuple[Trainable, ...]:
    """Gives back all experiments that train, by name."""
    package = importlib.import_module("valgap.experiments.training")
    for module in pkgutil.iter_modules(package.__path__, "valgap.experiments.training."):
        importlib.import_module(module.name)
    return tuple(_experiments[name] for name in sorted(_experiments))


def parts_of(arm: str) -> tuple[str, str]:
    """Gives back the name of the experiment of an arm, and the option."""
    name, _, option = arm.partition(":")
    return name, option


def varied(recipe: Recipe, arm: str) -> Recipe:
    """Gives back a recipe with one thing varied.

    Args:
        recipe: the fit as recorded; it is left as it is.
        arm: the name of an experiment, and after a colon the option.

    Raises:
        CannotVaryError: if there is nothing of the kind in it.
    """
    name, option = parts_of(arm)
    found = next((e for e in load_experiments() if e.name == name), None)
    if found is None:
        raise CannotVaryError(f"no experiment {name!r}")
    return found.vary(recipe, option)
