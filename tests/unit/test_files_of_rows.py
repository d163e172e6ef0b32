"""Picture files that rows are read from: what is damaged or odd, told without decoding them."""

import os

import numpy as np
import pytest

from valgap.ledger.probes import files as probe
from valgap.ledger.probes.files import files_record, judged
from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.observe.pictures import Looked, look_at
from valgap.observe.sources.file_names import MOST_FILES, picture_files
from valgap.observe.sources.files import PictureFiles

Image = pytest.importorskip("PIL.Image")


class Flow:
    """As an iterator of ImageDataGenerator lists its files."""

    image_data_generator = index_array = None

    def __init__(self, filepaths):
        self.filepaths = filepaths


def picture(path, size=(16, 16), mode="L", form=None):
    noise = np.random.default_rng(0).integers(0, 255, (*size[::-1], 3)).astype("uint8")
    Image.fromarray(noise).convert(mode).save(path, form)
    return str(path)


@pytest.fixture
def folder(tmp_path):
    for i in range(10):
        picture(tmp_path / f"whole_{i}.png")
    return tmp_path


def record(folder, decoder="tensorflow", seconds=60):
    paths = tuple(sorted(str(path) for path in folder.iterdir()))
    return files_record(PictureFiles(paths, len(paths), decoder), Clock(seconds))


def test_sound_files_have_nothing_to_tell(folder):
    found = record(folder)
    assert found == type(found)(10)


@pytest.mark.parametrize("form", ["png", "jpg"])
def test_a_file_cut_short_is_unreadable(folder, form):
    path = picture(folder / f"cut.{form}", (64, 64), "RGB" if form == "jpg" else "L")
    os.truncate(path, os.path.getsize(path) // 2)
    assert record(folder).unreadable == 1
    assert record(folder).examples == ("cut.png",) if form == "png" else ("cut.jpg",)


def test_a_whole_jpeg_is_readable(folder):
    picture(folder / "whole.jpg")
    assert record(folder).unreadable == 0


def test_an_empty_file_is_told_apart_from_a_damaged_one(folder):
    (folder / "void.png").write_bytes(b"")
    (folder / "text.png").write_bytes(b"not a picture")
    found = record(folder)
    assert (found.files, found.empty, found.unreadable) == (12, 1, 1)
    assert found.examples == ("text.png", "void.png")


def test_a_format_that_tensorflow_does_not_decode_is_unreadable_to_it_alone(folder):
    picture(folder / "named.png", form="TIFF")
    assert record(folder).unreadable == 1
    assert record(folder, "pillow").unreadable == 0


def test_another_colour_mode_and_another_size_are_odd(folder):
    picture(folder / "colour.png", mode="RGB")
    picture(folder / "tiny.png", (2, 2))
    picture(folder / "huge.png", (100, 100))
    picture(folder / "strip.png", (60, 6))
    found = record(folder)
    assert (found.odd_mode, found.odd_size, found.small) == (1, 3, 1)
    assert found.examples == ("colour.png", "huge.png", "strip.png", "tiny.png")


def test_sizes_within_a_factor_of_four_are_not_odd(folder):
    picture(folder / "half.png", (6, 6))
    picture(folder / "more.png", (50, 60))
    assert record(folder).odd_size == 0


def test_a_named_file_that_is_missing_from_its_folder_is_unreadable(folder):
    paths = (str(folder / "whole_0.png"), str(folder / "lost.png"))
    assert files_record(PictureFiles(paths, 2, "pillow"), Clock(60)).unreadable == 1


def test_files_of_a_folder_that_was_cleared_away_are_no_finding(tmp_path):
    gone = PictureFiles((str(tmp_path / "away" / "1.png"),), 1, "pillow")
    with pytest.raises(NotApplicableError, match="no longer there"):
        files_record(gone, Clock(60))


def test_without_named_files_or_pillow_the_reason_is_said(folder, monkeypatch):
    with pytest.raises(NotApplicableError, match="not read from picture files"):
        files_record(None, Clock(60))
    monkeypatch.setattr(probe, "can_look", lambda: False)
    with pytest.raises(NotApplicableError, match="pip install pillow"):
        record(folder)


def test_where_time_runs_out_some_files_are_looked_at(monkeypatch):
    monkeypatch.setattr(probe, "look_at", lambda path, _: Looked(path, None, "L", (8, 8)))
    paths = tuple(map(str, range(500)))
    assert 0 < files_record(PictureFiles(paths, 500, "pillow"), Clock(0)).files < 100


def test_no_name_of_a_folder_is_kept(folder):
    (folder / "void.png").write_bytes(b"")
    assert all(os.sep not in name for name in record(folder).examples)


def test_looking_changes_no_file(folder):
    path = folder / "whole_0.png"
    before = path.read_bytes(), path.stat().st_mtime_ns
    look_at(str(path), "pillow")
    assert before == (path.read_bytes(), path.stat().st_mtime_ns)


def test_files_of_both_splits_are_named_once_and_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = picture_files(Flow(["a/1.png", "a/2.PNG"]), Flow(["a/2.PNG", "b/3.jpg"]))
    names = [os.path.relpath(path, tmp_path) for path in found.paths]
    assert names == [os.path.join(*n) for n in (("a", "1.png"), ("a", "2.PNG"), ("b", "3.jpg"))]
    assert all(os.path.isabs(path) for path in found.paths)
    assert (found.total, found.decoder) == (3, "pillow")


def test_of_many_files_a_sample_is_kept_the_same_each_time():
    many = Flow([f"{i}.png" for i in range(MOST_FILES + 500)])
    found = picture_files(many)
    assert (len(found.paths), found.total) == (MOST_FILES, MOST_FILES + 500)
    assert found == picture_files(many)


@pytest.mark.parametrize("names", [["a sentence"], ["https://x.org/a.png"], ["notes.txt"], []])
def test_what_is_no_picture_on_this_machine_is_not_named(names):
    assert picture_files(Flow(names), np.zeros(3)) is None


def test_no_file_that_can_be_read_leaves_no_size_to_compare():
    found = judged([Looked("a", "empty"), Looked("b", "unreadable")])
    assert (found.files, found.odd_size, found.odd_mode) == (2, 0, 0)
