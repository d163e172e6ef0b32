"""The style sheet of the report, narrowed to one element of a page that is not ours."""

from __future__ import annotations

import re
from functools import cache

from valgap.report.html.templates import resource

ROOT = ".valgap-shown"
# How JupyterLab, VS Code and Colab mark their theme, whatever the system's is.
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[theme="dark"]')
_LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", 'html[theme="light"]')
_WHOLE_PAGE = (":root", "body")


@cache
def narrowed_style(*more: str) -> str:
    """Gives back the style sheet, each rule of it for what stands within `ROOT` alone.

    Args:
        more: names of sheets that are put behind it.
    """
    sheet = "".join((resource("style.css").partition("@page")[0], *map(resource, more)))
    narrow = re.sub(r"([^{}]+)\{", lambda found: _selectors(found[1]) + "{", sheet)
    light, dark = re.findall(r":root \{([^{}]*)\}", sheet)
    themes = [_themed(_LIGHT, f"color-scheme: light;{_colours(light)}")]
    themes.append(_themed(_DARK, f"color-scheme: dark;{_colours(dark)}"))
    return "".join((narrow, *themes, resource("notebook.css").replace("ROOT", ROOT)))


def _selectors(text: str) -> str:
    if text.strip().startswith("@"):
        return text
    each = (one.strip() for one in text.split(","))
    return "\n" + ", ".join(ROOT if one in _WHOLE_PAGE else f"{ROOT} {one}" for one in each)


def _colours(rule: str) -> str:
    return re.sub(r"color-scheme:[^;]*;", "", rule)


def _themed(marks: tuple[str, ...], rule: str) -> str:
    return f"\n{', '.join(f'{mark} {ROOT}' for mark in marks)} {{{rule}}}"
