"""Fixtures of the tests that run scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from runner import SILENT, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


Compare = Callable[..., None]


@pytest.fixture
def alike(folder: Folder) -> Compare:
    """Asserts that stdout, stderr and status are the same but for our one line at the end."""

    def compare(*target: str, **environment: str) -> None:
        plain, ours = folder.both(*target, **environment)
        assert ours.out == plain.out
        assert ours.err == plain.err + SILENT
        assert ours.status == plain.status

    return compare
