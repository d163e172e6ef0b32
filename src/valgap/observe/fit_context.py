"""scikit-learn's own decorator of every `fit`, gone around: put in place and taken out again.

Since version 1.3 `sklearn.base._fit_context` decorates what fits (imbalanced-learn's
`fit_resample` too). Classes defined later are reached by the decorator, those there already
by a walk over the sub-classes of `BaseEstimator`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import CellType, FunctionType
from typing import Any

Method = Callable[..., Any]
Around = Callable[[Method], Method]
New = Callable[[Any], Any]


class FitContext:
    """Holds what was put around the methods of scikit-learn, and takes it away again."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._originals: dict[Any, Method] = {}

    def install(self, base: Any) -> Callable[[], None] | None:
        """Goes around the methods that the module `sklearn.base` decorates.

        Returns:
            What undoes it, or None if this scikit-learn has no such decorator.
        """
        context = getattr(base, "_fit_context", None)
        if context is None:
            return None

        @functools.wraps(context)
        def fit_context(*args: Any, **kwargs: Any) -> Around:
            decorator = context(*args, **kwargs)
            return lambda method: self._watched(decorator(method))

        code = _code_of_decorated(context)
        _replace(base, lambda f: self._watched(f) if f.__code__ is code else f)
        base._fit_context = fit_context

        def undo() -> None:
            if base._fit_context is fit_context:  # else another went around ours since
                base._fit_context = context
            _replace(base, lambda f: self._originals.get(f, f))
            self._originals.clear()

        return undo

    def _watched(self, decorated: Method) -> Method:
        wrapper = self._around(decorated)
        self._originals[wrapper] = decorated
        return wrapper


def _replace(base: Any, new: New) -> None:
    """Puts `new(method)` in place of every method of every estimator, where it differs."""
    for cls in _classes(base.BaseEstimator):
        for name, value in [*vars(cls).items()]:
            if type(value).__name__ == "_AvailableIfDescriptor":
                _replace_in(value.fn, new, functools.partial(_put_held, value))
            else:
                _replace_in(value, new, functools.partial(setattr, cls, name))


def _replace_in(held: Any, new: New, put: Callable[[Any], None]) -> None:
    """Replaces a function, or the one that it goes around itself, as `set_output` does."""
    if not isinstance(held, FunctionType):
        return
    if (changed := new(held)) is not held:
        put(changed)
        return
    inner = vars(held).get("__wrapped__")
    for cell in held.__closure__ or ():
        if inner is not None and _contents(cell) is inner:
            _replace_in(inner, new, functools.partial(_put_inside, held, cell))


def _put_held(descriptor: Any, method: Any) -> None:
    descriptor.fn = descriptor.__wrapped__ = method


def _put_inside(outer: Any, cell: CellType, inner: Any) -> None:
    cell.cell_contents = outer.__wrapped__ = inner


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None


def _code_of_decorated(context: Any) -> Any:
    """The code that all decorated methods share, whatever they are named."""
    return context(prefer_skip_nested_validation=True)(lambda _: None).__code__


def _classes(base: type) -> Iterator[type]:
    """All sub-classes there are, each after the mixins that it is made of, each once."""
    waiting, seen = [base], set[type]()
    while waiting:
        cls = waiting.pop()
        waiting += type.__subclasses__(cls)
        for one in cls.__mro__:
            if one not in seen and one is not object:
                seen.add(one)
                yield one
