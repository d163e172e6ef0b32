"""The examples in CONTRIBUTING.md are whole files, and do what is asked of all of their kind."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import test_every_check
import test_every_experiment
import test_every_remedy

from valgap import registry
from valgap.experiments import arms
from valgap.observe.recipe import Recipe, Rows
from valgap.registry import diagnose
from valgap.remedies import base
from valgap.report import formats

CLONE = Path(__file__).parents[1]
TEXT = (CLONE / "CONTRIBUTING.md").read_text("utf-8")
FILES = dict(re.findall(r"^`src/(valgap/[\w/]+\.py)`\n\n```python\n(.*?)```", TEXT, re.M | re.S))
KINDS = ("checks", "experiments", "remedies", "report")


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """What an example registers is gone after the test."""
    for owner, name in (
        *((registry, "_checks"), (arms, "_experiments")),
        *((base, "_remedies"), (formats, "_formats")),
    ):
        monkeypatch.setattr(owner, name, dict(getattr(owner, name)))
    base.load_remedies.cache_clear()
    yield
    base.load_remedies.cache_clear()


@pytest.fixture
def example(tmp_path, monkeypatch):
    """Loads the example of a kind as the module that it would be."""

    def load(kind):
        (path,) = (p for p in FILES if p.split("/")[1] == kind)
        file = tmp_path / Path(path).name
        file.write_text(FILES[path], "utf-8")
        name = path.removesuffix(".py").replace("/", ".")
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return getattr(module, file.stem, module)

    return load


def assert_promises_are_kept(module, every, value):
    """Runs the tests of a module that are made of all of their kind."""
    tests = [
        test
        for name, test in vars(module).items()
        if name.startswith("test_")
        and any(mark.args[1] is every for mark in getattr(test, "pytestmark", ()))
    ]
    assert len(tests) > 4
    for test in tests:
        test(value)


def recipe(**changes):
    rows = Rows(np.zeros((40, 3)), np.zeros(40))
    told = ("tensorflow", {}, {}, {}, "mse", None, None, rows, rows)
    return Recipe(*told, **{"batch_size": 10, "epochs": 2} | changes)


def test_there_is_one_of_each_kind():
    assert sorted(path.split("/")[1] for path in FILES) == sorted(KINDS)
    assert not any((CLONE / "src" / path).exists() for path in FILES)


def test_they_are_written_as_the_project_is(tmp_path):
    for path, text in FILES.items():
        file = tmp_path / Path(path).name
        file.write_text(text, "utf-8")
        for command in (("check",), ("format", "--check")):
            words = ["ruff", *command, "--config", str(CLONE / "pyproject.toml"), str(file)]
            done = subprocess.run(
                [sys.executable, "-m", *words], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout


def test_the_check_does_what_every_check_does(example, example_run):
    made = example("checks")
    assert_promises_are_kept(test_every_check, test_every_check.CHECKS, made)
    assert made.code in diagnose(example_run).passed


def test_the_experiment_does_what_every_experiment_does(example):
    made, before = example("experiments"), recipe()
    assert_promises_are_kept(test_every_experiment, test_every_experiment.EXPERIMENTS, made)
    assert arms.varied(before, made.name).batch_size == 8
    assert before.batch_size == 10
    with pytest.raises(arms.CannotVaryError, match="8 rows already"):
        arms.varied(recipe(batch_size=8), made.name)


def test_the_remedy_does_what_every_remedy_does(example):
    made = example("remedies")
    assert_promises_are_kept(test_every_remedy, test_every_remedy.REMEDIES, made)
    assert made in base.load_remedies()
    assert made.vary(recipe(steps_per_epoch=8), "").batch_size == 16


def test_the_report_does_what_every_report_does(example, make_run, written, lagging_case):
    example("report")
    assert 0 < len(formats.load_formats()["counts"].summary) < 60
    run = make_run(lagging_case())
    text = written("counts", run, diagnose(run), encoding="ascii")
    assert text == "20261122-142149-3fa2: 1 error, 1 warning, 2 note\n"
