"""What the user asks to run: a script, a folder or archive with `__main__.py`, a module."""

from __future__ import annotations

import difflib
import os
import runpy
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from valgap.errors import UsageError

# What `python` itself calls for `-m` and for folders: their frames stand in its tracebacks.
_run_module_as_main: Callable[[str, bool], Any] = vars(runpy)["_run_module_as_main"]
_NotFoundError: type[Exception] = vars(runpy)["_Error"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program ready to run: what `sys.argv` and `sys.path[0]` are to be, and its code.

    `code` is None where `runpy` finds and compiles the code: modules, folders, archives.
    """

    target: str
    args: tuple[str, ...]
    first_path: str
    as_module: bool = False
    code: CodeType | None = None


def read_program(target: str, args: tuple[str, ...], *, as_module: bool = False) -> Program:
    """Gives back the program to run, compiled where it is a script.

    Args:
        target: the path of a script, of a folder or of an archive; with `as_module` the
            dotted name of a module or package.
        args: what follows it on the command line.
        as_module: as `python -m`.

    Raises:
        UsageError: if there is no such file, or it is not Python.
    """
    if as_module:
        return Program(target, args, first_path=os.getcwd(), as_module=True)
    path = Path(target)
    if not path.exists():
        raise UsageError(f"no such script: {target}{_did_you_mean(path)}")
    absolute = os.path.join(os.getcwd(), target)  # not normalised, as `python` leaves it
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise UsageError(f"{target} is a folder without __main__.py; expected a script")
    if path.is_dir() or zipfile.is_zipfile(path):
        return Program(target, args, first_path=absolute)
    folder = os.path.dirname(os.path.realpath(path))
    return Program(target, args, folder, code=_compiled(target, absolute))


def run_program(program: Program) -> None:
    """Runs the code as `__main__`, which stays in `sys.modules` afterwards."""
    main = ModuleType("__main__")
    vars(main).update(_module_variables())
    sys.argv[:] = ["-m" if program.as_module else program.target, *program.args]
    sys.orig_argv[:] = [sys.executable, *_as_typed(program)]
    if not sys.flags.safe_path:
        sys.path[0] = program.first_path
    elif program.code is None and not program.as_module:
        sys.path.insert(0, program.first_path)
    _MAINS.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    limit = sys.getrecursionlimit()
    # As deep as without us; from 3.12 on `exec` is no call that counts.
    own = limit - _calls_left() - (sys.version_info >= (3, 12))
    sys.setrecursionlimit(limit + own)
    if program.code is None:
        _run_module(program)
    else:
        file = program.code.co_filename
        main.__loader__ = SourceFileLoader("__main__", file)
        vars(main).update(__file__=file, __cached__=None)
        exec(program.code, vars(main))


_MAINS: list[ModuleType] = []  # kept alive: their code is still to go on


def _module_variables() -> dict[str, object]:
    import builtins

    variables: dict[str, object] = {"__builtins__": builtins}
    return variables if sys.version_info >= (3, 14) else {"__annotations__": {}, **variables}


def _calls_left(made: int = 0) -> int:
    try:
        return _calls_left(made + 1)
    except RecursionError:
        return made


def _run_module(program: Program) -> None:
    name = program.target if program.as_module else "__main__"
    try:
        _run_module_as_main(name, program.as_module)
    except SystemExit as error:
        if isinstance(error.__context__, _NotFoundError):
            raise UsageError(f"{error.__context__}") from None
        raise
    except SyntaxError as error:
        if _was_not_begun(error):
            raise UsageError(_not_python(program.target, error)) from None
        raise


def _was_not_begun(error: BaseException) -> bool:
    """Says whether only the search for the module, not its code, stands in the traceback."""
    link = error.__traceback__
    machinery = (__file__, runpy.__file__, "<frozen ")
    while link is not None:
        if not link.tb_frame.f_code.co_filename.startswith(machinery):
            return False
        link = link.tb_next
    return True


def _as_typed(program: Program) -> list[str]:
    return [*(["-m"] if program.as_module else []), program.target, *program.args]


def _compiled(target: str, absolute: str) -> CodeType:
    try:
        source = Path(target).read_bytes()
    except OSError as error:
        raise UsageError(f"{target} cannot be read: {error.strerror}") from None
    try:
        return compile(source, absolute, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(_not_python(target, error)) from None


def _not_python(target: str, error: Exception) -> str:
    if not isinstance(error, SyntaxError):
        return f"{target} is not Python: {error or type(error).__name__}"
    line = f"line {error.lineno}: " if error.lineno else ""
    return f"{target} is not Python: {line}{error.msg}"


def _did_you_mean(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    names = [entry.name for entry in folder.iterdir() if entry.suffix == ".py" or entry.is_dir()]
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"; did you mean {folder / close[0]}?" if close else ""
