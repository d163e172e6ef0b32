"""What is wrong with commands, links, codes, paths and calls that a page names."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
from blocks import ROOT, Block

import valgap
from valgap.cli.main import cli
from valgap.registry import load_checks
from valgap.report.formats import load_formats

CODES = {check.code for check in load_checks()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = set(PROJECT["optional-dependencies"])
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
_STOPS = re.compile(r"\s(?:[|>]|>>|#)\s?.*$")
_CODE = re.compile(r"\b(?:DAT|MOD|FIT|EVL|CUR)(\d)\d\d\b")
_PATH = re.compile(r"(?:src|tests|docs|bench|examples|changelog\.d)/[\w./-]*|[\w-]+\.(?:toml|txt)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.M)


def of_command(command: str, own_codes: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong with a shell command, as far as it is one of ours."""
    words = shlex.split(_STOPS.sub("", command))
    if words[0] == "valgap":
        yield from _of_valgap(words[1:], own_codes)
    elif words[0] == "make":
        yield from (f"no target {w}" for w in words[1:] if "=" not in w and w not in TARGETS)
    elif words[0] == "python" and words[1:2] != ["-m"]:
        yield from _of_script(words[1:])
    elif words[0] == "pip":
        named = re.findall(r"(?:valgap|\.)\[([^\]]+)\]", command)
        extras = {e for group in named for e in group.split(",")}
        yield from (f"no extra {e}" for e in sorted(extras - EXTRAS))


def _of_valgap(words: list[str], own_codes: frozenset[str]) -> Iterator[str]:
    name, *rest = words
    command = cli.commands.get(name)
    if command is None:
        yield f"no command {name}"
        return
    try:
        told = command.make_context(name, list(rest), resilient_parsing=False).params
    except click.ClickException as error:
        yield f"{name}: {error.format_message()}"
        return
    form = told.get("form")
    forms = {"full", "html", "json"} if name in ("treat", "compare") else {*load_formats(), "csv"}
    if form and form not in forms:
        yield f"{name}: no format {form}"
    asked = told.get("check") or ""
    if re.fullmatch(r"[A-Z]{3}\d{3}", asked) and asked not in CODES | own_codes:
        yield f"no check {asked}"


def _of_script(words: list[str]) -> Iterator[str]:
    path = ROOT / words[0]
    if "/" not in words[0]:
        return
    if not path.is_file():
        yield f"no script {words[0]}"
        return
    text = path.read_text(encoding="utf-8")
    options = [w.partition("=")[0] for w in words[1:] if w.startswith("--")]
    taken = re.findall(r'add_argument\("(--[a-z-]+)"', text)
    yield from (f"{words[0]} has no {option}" for option in options if option not in taken)


def of_inline(code: str) -> Iterator[str]:
    """What is wrong with code within a line: a command that is told of in part, or a path."""
    if re.match(r"valgap [a-z]", code):
        command, *words = shlex.split(code.replace("'", ""))[1:]
        known = cli.commands.get(command)
        if known is None:
            yield f"no command {command}"
            return
        options = {o for p in known.params for o in (*p.opts, *p.secondary_opts)}
        named = [w.partition("=")[0] for w in words if w.startswith("--")]
        if not any(w.endswith(".py") for w in words):
            yield from (f"{command} has no {o}" for o in named if o not in options)
    elif code.startswith(("python ", "make ", "pip ")):
        yield from of_command(code)
    else:
        yield from of_path(code)


def of_path(code: str) -> Iterator[str]:
    """Whether a file of the repository that is named is there."""
    if _PATH.fullmatch(code) and "/" in code and not (ROOT / code).exists():
        yield f"no file {code}"


def of_codes(text: str, own: frozenset[str]) -> Iterator[str]:
    """Codes that no check has."""
    named = {m.group() for m in _CODE.finditer(text)}
    yield from (f"no check {code}" for code in sorted(named - CODES - own))


def of_links(text: str, page: Path) -> Iterator[str]:
    """Links and pictures that lead nowhere."""
    for target in _LINK.findall(text):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", name):
            continue
        path = (page.parent / name).resolve() if name else page
        if not path.exists():
            yield f"no file {target}"
        elif anchor and anchor not in anchors(path.read_text(encoding="utf-8")):
            yield f"no place {target}"


def anchors(text: str) -> set[str]:
    """The names by which links lead to the headings of a page."""
    plain = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    slugs = (re.sub(r"[^\w\s-]", "", h).strip().lower() for h in _HEADING.findall(plain))
    return {re.sub(r"[\s-]+", "-", slug) for slug in slugs}


def of_python(block: Block) -> Iterator[str]:
    """Names and arguments of valgap that a block uses and valgap has not."""
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.Attribute) and _is_ours(node) and node.attr not in valgap.__all__:
            yield f"no valgap.{node.attr}"
        elif isinstance(node, ast.Call) and _is_ours(node.func):
            assert isinstance(node.func, ast.Attribute)
            if node.func.attr in valgap.__all__:
                yield from _of_arguments(node.func.attr, [k.arg for k in node.keywords if k.arg])


def _is_ours(node: ast.expr) -> bool:
    is_name = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return is_name and node.value.id == "valgap"  # type: ignore[union-attr]


def _of_arguments(name: str, given: list[str]) -> Iterator[str]:
    taken = inspect.signature(getattr(valgap, name)).parameters
    yield from (f"valgap.{name} takes no {k}" for k in given if k not in taken)
