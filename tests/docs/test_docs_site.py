"""The site is built without a warning, and needs nothing from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blocks import DOCS, ROOT

pytest.importorskip("mkdocs", reason="mkdocs is not installed (extra docs)")
pytest.importorskip("material", reason="mkdocs-material is not installed (extra docs)")

pytestmark = pytest.mark.slow
# What a browser loads by itself; links that a reader may follow are not among it.
LOADED = re.compile(r"<(?:script|img|iframe|link)\b[^>]*?(?:src|href)=\"?((?:https?:)?//[^\s\">]+)")


def built(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Builds the site of a folder."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(site)],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("site")
    ended = built(ROOT, made)
    assert ended.returncode == 0, ended.stderr
    assert "WARNING" not in ended.stderr
    return made


def test_every_page_and_picture_is_in_the_site(site):
    pages = {p.relative_to(DOCS).with_suffix(".html") for p in DOCS.rglob("*.md")}
    pictures = {p.relative_to(DOCS) for p in DOCS.rglob("*.png")}
    assert {str(p) for p in pages | pictures if not (site / p).is_file()} == set()
    assert not list(site.glob("*.py"))


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = {p.name: LOADED.findall(p.read_text("utf-8")) for p in site.rglob("*.html")}
    assert {name: found for name, found in loaded.items() if found} == {}
    styles = "".join(p.read_text("utf-8") for p in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//", styles) == []


def test_what_is_loaded_from_elsewhere_would_be_seen():
    assert LOADED.findall('<link rel=stylesheet href="https://fonts.example/css?family=A">')
    assert LOADED.findall('<script src="//cdn.example/a.js"></script>')


@pytest.mark.parametrize("link", ["nothing.md", "ledger.md#nothing"])
def test_a_link_that_leads_nowhere_is_a_failure(tmp_path, link):
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "limits.md").open("a", encoding="utf-8") as page:
        page.write(f"\n[to nowhere]({link})\n")
    ended = built(tmp_path, tmp_path / "site")
    assert ended.returncode != 0
    assert "limits.md" in ended.stderr
