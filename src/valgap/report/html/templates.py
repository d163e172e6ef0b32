"""The templates and style sheets of all pages, as they stand in this package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def filled(name: str, **values: object) -> str:
    """Gives back a template filled in; all text in it is escaped, and its last line is ended.

    Args:
        name: Of the template, from this package.
        values: What it names; one that is missing is an error.
    """
    return _environment().get_template(name).render(values).rstrip("\n") + "\n"


def resource(name: str) -> str:
    """Gives back the text of a file of this package."""
    return files("valgap.report.html").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    # Not at the head of the file: all forms of report are loaded at once.
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(resource))
