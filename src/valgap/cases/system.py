"""One of the five set-ups: its script, its sizes, what was asked, and how it is answered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from valgap.cases.told import Told
from valgap.errors import UsageError

Answer = Callable[[Told], Iterable[str]]
Form = Literal["planted", "real"]


def nothing(_: Told) -> Iterable[str]:
    """Gives no paragraph."""
    return ()


@dataclass(frozen=True, slots=True)
class System:
    """A set-up that somebody asked for help with.

    `planted` and `real` are what the script is given in a demo, sizes that take three minutes
    at most on two cores. `answer` answers the question by what was found; `tried` says why
    what the author had tried could not help, and `given` what holds of the answers that they
    were given. Each gives paragraphs, none where nothing is to be said. `known` are the forms in
    which the script can write down groups or sub-classes of its rows.
    """

    name: str
    script: str
    question: str
    planted: tuple[str, ...]
    real: tuple[str, ...]
    answer: Answer
    tried: Answer
    given: Answer = nothing
    known: tuple[Form, ...] = ()

    def args(self, form: Form, *, fixed: bool, known: Path) -> tuple[str, ...]:
        """What the script is given; `known` is where it writes what is known of its rows."""
        size = self.real if form == "real" else self.planted
        told = ("--known", str(known)) if form in self.known else ()
        return (*size, *told, *(("--fixed",) if fixed else ()))

    @property
    def path(self) -> Path:
        """Where the script is.

        Raises:
            UsageError: if the examples did not come with this installation.
        """
        found = examples() / self.script
        if not found.is_file():
            raise UsageError(f"{self.script} did not come with this installation of valgap")
        return found


def examples() -> Path:
    """Gives back the folder of the scripts: beside the package, or in the checkout it is from."""
    package = Path(__file__).parents[1]
    inside = package / "examples"
    return inside if inside.is_dir() else package.parents[1] / "examples"


def systems() -> Mapping[str, System]:
    """Gives back the five systems by name."""
    package = importlib.import_module("valgap.cases")
    modules = (
        importlib.import_module(found.name)
        for found in pkgutil.iter_modules(package.__path__, "valgap.cases.")
    )
    made = (getattr(module, "SYSTEM", None) for module in modules)
    return {system.name: system for system in made if isinstance(system, System)}
