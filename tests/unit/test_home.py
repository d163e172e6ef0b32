"""The path of the home folder, which tells who somebody is, and `~` in its place."""

import dataclasses
import html

import pytest

import valgap
from valgap.checks.example_case import example_case
from valgap.errors import UsageError
from valgap.evidence.home import with_home, without_home
from valgap.evidence.records import TargetRecord
from valgap.registry import diagnose
from valgap.report.places import shown_path


@pytest.fixture(autouse=True)
def ann(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/ann", "~"),
        ("/home/ann/train.py", "~/train.py"),
        ("--data=/home/ann/photos", "--data=~/photos"),
        ("'/home/ann/a' and \"/home/ann/b\".", "'~/a' and \"~/b\"."),
        ("file:///home/ann/runs", "file://~/runs"),
        ("it lies in /home/ann.", "it lies in ~."),
        ("/home/ann:/home/ann/lib", "~:~/lib"),
        ("Traceback\n/home/ann/x.py", "Traceback\n~/x.py"),
        ("/home/anna/x", "/home/anna/x"),
        ("/home/ann-2/x", "/home/ann-2/x"),
        ("/home/ann.bak/x", "/home/ann.bak/x"),
        ("/mnt/home/ann/x", "/mnt/home/ann/x"),
        ("ann", "ann"),
    ],
)
def test_it_is_left_out_and_no_other_path_is_changed(text, told):
    assert without_home(text) == told


def test_it_is_left_out_of_all_texts_of_a_value_and_nothing_else():
    told = without_home({"/home/ann/a": [1, 0.5, None, True, ["/home/ann"]], "b": "x"})
    assert told == {"~/a": [1, 0.5, None, True, ["~"]], "b": "x"}


def test_where_home_is_a_link_both_of_its_paths_are(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert without_home(f"{tmp_path}/home/a {tmp_path}/disk/b") == "~/a ~/b"


@pytest.mark.parametrize("home", ["/", ""])
def test_a_service_without_a_home_has_nothing_left_out(home, monkeypatch):
    monkeypatch.setenv("HOME", home)
    assert without_home("/etc/x") == "/etc/x"


@pytest.mark.parametrize("text", ["/home/ann/train.py", "--data=/home/ann/photos", "a~b", "~bob/x"])
def test_it_is_put_back_as_it_was(text):
    assert with_home(without_home(text)) == text


def test_a_command_to_copy_leaves_it_to_the_shell(make_run, written):
    run = make_run(example_case())
    target = TargetRecord("~/my project/train.py", ("--data", "~/rows.npz", "a b"))
    run = dataclasses.replace(run, record=dataclasses.replace(run.record, target=target))
    page = html.unescape(written("html", run, diagnose(run)))
    assert "valgap run ~/'my project/train.py' --data ~/rows.npz 'a b'" in page


def test_a_place_below_the_working_folder_is_told_from_there(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    assert shown_path("~/project/train.py") == "train.py"
    assert shown_path("~/elsewhere/train.py") == "~/elsewhere/train.py"


def test_a_program_that_was_written_with_it_finds_its_script():
    with pytest.raises(UsageError, match=r"/home/ann/nowhere\.py"):
        valgap.treated_fit("~/nowhere.py", ["adam"])
