"""A report file is written in the form that its name promises, unless another is asked for."""

import json

import numpy as np
import pytest

from valgap.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    draw = np.random.default_rng(0)
    made = tmp_path_factory.mktemp("forms")
    np.savez(made / "rows.npz", x=draw.normal(size=(60, 3)), y=np.arange(60) % 2)
    return made


def audited(folder, monkeypatch, *words):
    monkeypatch.chdir(folder)
    assert main(["audit", "rows.npz", "-q", *words]) == 0


@pytest.mark.parametrize(("name", "begins"), [("r.html", "<!doctype html"), ("R.MD", "#")])
def test_the_suffix_names_the_form(folder, monkeypatch, name, begins):
    audited(folder, monkeypatch, "-o", name)
    assert (folder / name).read_text("utf-8").lower().startswith(begins)


def test_json_can_be_read(folder, monkeypatch):
    audited(folder, monkeypatch, "-o", "r.json")
    assert "findings" in json.loads((folder / "r.json").read_text("utf-8"))


def test_what_is_asked_for_goes_first_in_any_order(folder, monkeypatch):
    for i, words in enumerate((("--format", "json", "-o"), ("-o",))):
        name = f"asked-{i}.html"
        rest = () if i == 0 else ("--format", "json")
        audited(folder, monkeypatch, *words, name, *rest)
        assert "findings" in json.loads((folder / name).read_text("utf-8"))


@pytest.mark.parametrize("name", ["r.txt", "report"])
def test_any_other_name_is_text(folder, monkeypatch, name):
    audited(folder, monkeypatch, "-o", name)
    assert (folder / name).read_text("utf-8").startswith("── valgap")
