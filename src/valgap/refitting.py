"""A fit of a script made with remedies: what `treated.py` calls where no text can be changed."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from valgap.errors import UsageError
from valgap.evidence.home import with_home
from valgap.evidence.records import EnvironmentRecord, Location, TargetRecord
from valgap.evidence.store import RunWriter
from valgap.observe.fits import Patches
from valgap.observe.hook import on_keras_import
from valgap.observe.known import Known, read_known
from valgap.observe.program import read_program, run_program
from valgap.observe.recipe import NotRebuiltError, Recipe, recipe_of
from valgap.observe.sources.tapping import install_taps
from valgap.observe.watch import Watch

if TYPE_CHECKING:
    from valgap.observe.live import LiveFit

# Rows of a split: here they are held in memory, as the script holds them, and not kept on disk.
MOST_BYTES = 8 << 30


def treated_fit(  # noqa: PLR0913
    script: str | Path,
    remedies: Sequence[str],
    *,
    args: Sequence[str] = (),
    fit: int = 1,
    seed: int = 0,
    backend: str | None = None,
    known: str | Path | None = None,
) -> Any:
    """Runs a script up to one of its fits, and makes that fit with remedies.

    The script loads its rows and builds its model as ever, and fits for one epoch, in which
    pipelines are seen at work. Then the fit is made from its beginning with the remedies, on the
    same rows and with the same callbacks. What stands behind the fit in the script is not run.

    Args:
        script: its path, `~` for the home folder; it is run as `python SCRIPT` runs it.
        remedies: names as `valgap treat` tells them, after a colon the option.
        args: what follows the script on the command line, likewise.
        fit: which of its fits, counted from 1; those before are made as they are.
        seed: of weights and all else that is drawn.
        backend: of Keras, where the environment names none.
        known: an `.npz` file with groups of rows, as `valgap run --known` takes it.

    Returns:
        The model, trained; `model.history.history` holds its figures by epoch.

    Raises:
        UsageError: if the script is not there or ends before that fit, if the fit cannot be
            made again, or a remedy cannot be put on it.
    """
    from valgap.remedies.attached import given_back
    from valgap.remedies.base import CannotVaryError, remedied
    from valgap.remedies.plain import plain
    from valgap.treatment.dealing import without_splits
    from valgap.treatment.engines.training import fitted

    program = read_program(with_home(str(script)), tuple(map(with_home, args)))
    if backend:
        os.environ.setdefault("KERAS_BACKEND", backend)
    told = Known() if known is None else read_known(Path(known))
    until = _reached(lambda: run_program(program), fit, told)
    if until.recipe is None:
        raise UsageError(until.reason or f"{script} ended before fit {fit}: there is nothing to do")
    try:
        made = _dealt_again(until.recipe, remedies, seed)
        made = remedied(replace(made, draw=seed), without_splits(remedies))
    except CannotVaryError as error:
        raise UsageError(f"cannot be put on the fit of {script}: {error}") from None
    for note in until.recipe.notes:
        sys.stderr.write(f"valgap: {note}\n")
    model = fitted(made, made.validation, seed, verbose=until.verbose)
    _forget_functions(model)
    given, *_ = given_back(plain(model), made, made.validation)
    given.history = model.history
    return given


def _forget_functions(model: Any) -> None:
    """Functions compiled for many steps a call make as many in a later fit of the user's, too."""
    for name in ("train_function", "test_function", "predict_function"):
        if hasattr(model, name):
            setattr(model, name, None)


def _dealt_again(recipe: Recipe, remedies: Sequence[str], seed: int) -> Recipe:
    """As many rows train as before, drawn from all, where the split is among the remedies."""
    from valgap.treatment.dealing import dealt
    from valgap.treatment.engines.pool import pool_of

    count, every = recipe.train.count, np.arange(recipe.train.count + recipe.validation.count)
    train = dealt(every, count, remedies, seed)
    if len(train) == count and train[-1] < count:
        return recipe
    return pool_of(recipe).split(np.setdiff1d(every, train), train)


class _Reached(BaseException):
    """The fit has made its first epoch: it ends the script from within."""


@dataclass(slots=True)
class _Until:
    """Watches fits until the first epoch of one of them has ended, and keeps its recipe then.

    It is kept before the script is left: files that it holds open are closed behind it.
    """

    watch: Watch
    number: int
    known: Known
    recipe: Recipe | None = None
    reason: str = ""
    verbose: Any = 0

    def compiled(self, model: Any, arguments: dict[str, Any], location: Location | None) -> None:
        self.watch.compiled(model, arguments, location)

    def stepped(self, model: Any, location: Location | None) -> None:
        self.watch.stepped(model, location)

    def begins(self, model: Any, arguments: dict[str, Any], location: Location | None) -> Any:
        first = self.watch.begins(model, arguments, location)
        if first is None or len(self.watch.fits) != self.number:
            return first
        self.verbose = arguments.get("verbose", "auto")
        return _ending(first)

    def ends(self, error: BaseException | None, seconds: float) -> None:
        self.watch.ends(error, seconds)
        if isinstance(error, _Reached):
            try:
                self.recipe = self._recipe_of(self.watch.fits[-1])
            except NotRebuiltError as missing:
                self.reason = f"the fit cannot be made again: {missing}"

    def _recipe_of(self, live: LiveFit) -> Recipe:
        live.known = self.known
        store, name = self.watch.store, live.record.start_weights
        assert store is not None
        start = None if name is None else store.read_weights(live.record.id, name)
        return recipe_of(live, start, MOST_BYTES)


def _ending(callback: Any) -> Any:
    """A callback that ends the fit with its first epoch; it stands before those of the script."""
    ended = callback.on_epoch_end

    def on_epoch_end(epoch: int, logs: Any = None) -> None:
        ended(epoch, logs)
        raise _Reached

    callback.on_epoch_end = on_epoch_end
    return callback


def _reached(run: Callable[[], None], number: int, known: Known) -> _Until:
    """Runs a program until it has come to a fit, or to its end."""
    with tempfile.TemporaryDirectory(prefix="valgap-") as folder, _Program().kept():
        target = TargetRecord(None)
        environment = EnvironmentRecord("", "", 1)
        store = RunWriter.create(Path(folder), target, environment)
        until = _Until(Watch(lambda: store), number, known)
        with ExitStack() as undo:
            patches = Patches(until)
            undo.callback(patches.uninstall)

            def hook(keras: ModuleType) -> None:
                patches.install(keras)
                undo.callback(install_taps()[0])

            undo.callback(on_keras_import(hook))
            with suppress(_Reached, SystemExit):
                run()
        until.reason = until.reason or "; ".join(until.watch.notes)
        return until


@dataclass(slots=True)
class _Program:
    """What a program that is run in this process takes for its own."""

    main: ModuleType = field(default_factory=lambda: sys.modules["__main__"])
    argv: list[str] = field(default_factory=lambda: [*sys.argv])
    orig_argv: list[str] = field(default_factory=lambda: [*sys.orig_argv])
    path: list[str] = field(default_factory=lambda: [*sys.path])

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Puts it back at the end."""
        try:
            yield
        finally:
            sys.modules["__main__"] = self.main
            sys.argv[:], sys.orig_argv[:], sys.path[:] = self.argv, self.orig_argv, self.path
