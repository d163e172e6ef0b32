"""What documents say there is, is there: tests that hold promises, and the change log."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]
SECURITY = (CLONE / "SECURITY.md").read_text("utf-8")


@pytest.fixture
def script(tmp_path):
    """The one that writes the change log."""
    spec = importlib.util.spec_from_file_location("changelog", CLONE / "docs" / "changelog.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_test_that_is_named_as_holding_a_promise_is_there():
    files = {CLONE / "tests" / name for name in re.findall(r"`(\w+/test_\w+\.py)`", SECURITY)}
    texts = [file.read_text("utf-8") for file in files]
    named = re.findall(r"`(test_\w+)`", SECURITY)
    assert len(files) > 10
    assert len(named) > 10
    assert [name for name in named if not any(f"def {name}(" in text for text in texts)] == []


def test_the_version_of_keras_is_the_one_that_is_asked_for():
    from valgap.observe.saved import SAFE_SINCE

    assert f"before\n{'.'.join(map(str, SAFE_SINCE))}" in SECURITY


def test_the_change_log_is_that_of_the_fragments(script):
    assert (CLONE / "CHANGELOG.md").read_text("utf-8") == script.changelog(), "make changelog"


def test_fragments_in_a_folder_are_of_its_version_and_come_last(script, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.10.0"\n')
    for name, text in (
        ("12-b.md", "Second."),
        ("2-a.md", "First,\nin two lines.\n\nAnother.\n"),
        ("0.2.0/1-x.md", "- One\n- two"),
        ("0.9.0/1-y.md", "Later."),
    ):
        file = tmp_path / "changelog.d" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    text = script.changelog(tmp_path).partition("\n\n## ")[2]
    assert text == (
        "0.10.0\n\n- First, in two lines.\n- Another.\n- Second.\n\n"
        "## 0.9.0\n\n- Later.\n\n## 0.2.0\n\n- One\n- two\n"
    )


def test_version_and_licence_are_told_alike_everywhere():
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
    citation = (CLONE / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {project['version']}\n" in citation
    assert f"\nlicense: {project['license']}\n" in citation
    assert "Apache License" in (CLONE / "LICENSE").read_text("utf-8")
