"""A run of somebody else: what is in its folder is read, and nothing in it is run."""

import json

import numpy as np
import pytest
from foreign_runs import Trap, files_of, full_run, pickled
from inline import Inline

from valgap.cli.main import main
from valgap.cli.serving.shelf import Shelf
from valgap.errors import RunUnreadableError
from valgap.evidence.signed import mark_of
from valgap.evidence.store import load_run
from valgap.experiments import lab
from valgap.registry import diagnose

READING = (
    *(("report", "--format", form) for form in ("full", "html", "json", "markdown", "sarif")),
    ("view", "--no-open"),
    ("diagnose",),
    ("compare", "--pairs", "0"),
)
# A check whose finding experiments can settle.
SUSPECT = "FIT118"
TRAINING = (("confirm", "--budget", "20s"), ("compare", "--pairs", "6"), ("treat", "--trials", "9"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def run(folder):
    return full_run(folder / "theirs")


@pytest.fixture
def never(monkeypatch):
    """No worker is to be started."""

    def started(*_):
        raise AssertionError("a worker was started")

    monkeypatch.setattr(lab, "workers_of", started)


def asked(command, run):
    runs = [str(run)] * (2 if command[0] == "compare" else 1)
    return main([*command, *runs])


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_report_reads_no_pickle_wherever_one_is_put(command, run, folder, capfd):
    names = [*files_of(run), "fits/0/rows.pkl", "fits/0/backup/state.pkl"]
    assert len(names) > 25
    for name in names:
        file = run / name
        before = file.read_bytes() if file.exists() else None
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(pickled(folder / "sprung"))
        assert asked(command, run) in (0, 2), name
        assert "fault of valgap" not in capfd.readouterr().err, name
        file.unlink() if before is None else file.write_bytes(before)
        assert not (folder / "sprung").exists(), name


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_report_loads_no_array_of_objects(command, run, folder):
    objects = np.array([Trap(folder / "sprung")] * 2, object)
    for name in files_of(run):
        if name.endswith(".npz"):
            np.savez(run / name, arr_0000=objects, arr_0001=objects)
        if name.endswith(".npy"):
            np.save(run / name, objects)
    assert asked(command, run) in (0, 2)
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("command", TRAINING, ids=lambda c: c[0])
def test_a_recipe_of_others_is_refused_in_one_line(command, folder, never, capfd):
    run = full_run(folder / "theirs", SUSPECT)
    (run / "fits/0/recipe.pkl").write_bytes(pickled(folder / "sprung"))
    (run / "fits/0/trials.jsonl").unlink()
    status = asked(command, run)
    out, err = capfd.readouterr()
    assert not (folder / "sprung").exists()
    # What is on record can be compared all the same.
    told = out.replace("\n", " ") if command[0] == "compare" else err.splitlines()[-1]
    assert status == (0 if command[0] == "compare" else 2)
    assert "was not written by this user's valgap" in " ".join(told.split())
    assert "--trust" in told


@pytest.mark.parametrize("command", TRAINING[::2], ids=lambda c: c[0])
def test_it_is_read_once_it_is_trusted(command, folder, monkeypatch):
    run = full_run(folder / "theirs", SUSPECT)
    (run / "fits/0/recipe.pkl").write_bytes(pickled(folder / "sprung"))
    monkeypatch.setattr(lab, "workers_of", lambda *_: Inline())
    asked((*command, "--trust"), run)
    assert (folder / "sprung").exists()


def test_a_recipe_of_ones_own_that_was_changed_is_refused(run, folder, never, capfd):
    trap = pickled(folder / "sprung")
    own = trap + mark_of(trap)
    for changed in (own[:-1], own[1:], b"x" + own, own[:-40] + b"x" + own[-39:], own + b"x"):
        (run / "fits/0/recipe.pkl").write_bytes(changed)
        assert main(["treat", "--trials", "9", str(run)]) == 2
        assert "was not written by this user" in capfd.readouterr().err
    assert not (folder / "sprung").exists()


@pytest.mark.parametrize("name", ["run.json", "fits/0/epochs.jsonl", "fits/0/weights/start.npz"])
def test_a_link_out_of_a_run_is_not_followed(name, run, folder, capfd):
    outside = folder / "outside"
    (run / name).rename(outside)
    (run / name).symlink_to(outside)
    for command in (*READING, *TRAINING):
        assert asked(command, run) == 2
        assert "is a link out of its run: it is not followed" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["fits", "fits/0", "fits/0/treat", "fits/0/backup"])
def test_a_linked_folder_is_not_followed(name, run, folder):
    elsewhere = full_run(folder / "elsewhere")
    if (run / name).exists():
        (run / name).rename(folder / "away")
    (run / name).symlink_to(elsewhere / name)
    with pytest.raises(RunUnreadableError, match="is a link out of its run"):
        load_run(run)


def test_links_within_a_run_and_to_one_are_followed(run, folder):
    (run / "fits/0/weights/again.npz").symlink_to(run / "fits/0/weights/start.npz")
    (folder / "link").symlink_to(run)
    assert load_run(folder / "link").record == load_run(run).record


def test_a_link_to_itself_is_no_fault_of_ours(run, capfd):
    (run / "fits/0/round").symlink_to(run / "fits/0/round")
    assert main(["report", "--format", "concise", str(run)]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("field", ["steps_file", "recipe", "start_weights", "best_weights"])
@pytest.mark.parametrize("name", ["../../other.npz", "/etc/passwd", "..", "a/b"])
def test_a_record_names_files_beside_it_only(field, name, folder):
    run = full_run(folder / "theirs")
    file = run / "fits/0/fit.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: name}))
    with pytest.raises(RunUnreadableError, match="expected the name of a file, received"):
        load_run(run)


def test_so_do_those_of_epochs(run):
    file = run / "fits/0/epochs.jsonl"
    file.write_text(file.read_text().replace("epoch-0003", "../epoch-0003"))
    with pytest.raises(RunUnreadableError, match="expected the name of a file, received"):
        load_run(run)


def test_the_page_of_all_runs_reads_no_pickle_either(run, folder):
    for name in files_of(run):
        before = (run / name).read_bytes()
        (run / name).write_bytes(pickled(folder / "sprung"))
        assert len(Shelf(folder / "theirs", diagnose).lines()) == 1
        (run / name).write_bytes(before)
    assert not (folder / "sprung").exists()


def test_signs_that_steer_a_terminal_do_not_reach_it(run, capfd):
    file, bell = run / "fits/0/fit.json", "\\u001b]0;owned\\u0007\\u009b2J"
    file.write_text(file.read_text().replace('"file": "', f'"file": "{bell}'))
    for form in ("full", "concise", "markdown", "github"):
        assert main(["report", "--format", form, str(run)]) == 0
        out, err = capfd.readouterr()
        assert "owned" in out
        assert not {"\x1b", "\x07", "\x9b"} & set(out + err)
