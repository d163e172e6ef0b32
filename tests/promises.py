"""What all that is registered by a decorator promises: names, files, documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any


def assert_named_as_its_file(name: str, function: Callable[..., Any]) -> None:
    """Holds a name to kebab case, and to those of the function and of its file."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert function.__name__ == name.replace("-", "_")
    assert function.__module__.rpartition(".")[2] == function.__name__


def assert_documented(doc: str, sections: Sequence[str]) -> None:
    """Holds a docstring to a first sentence, and to its sections in their order."""
    places = [re.sub(r"\s+", " ", doc).find(section) for section in sections]
    assert min(places) > 0
    assert places == sorted(places)
    assert doc.partition("\n")[0].endswith(".")
