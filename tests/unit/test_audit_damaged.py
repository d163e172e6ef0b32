"""Damaged input of every kind: one finding or one clear line, and nothing is executed."""

import os
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
from audit_made import audited, class_folders, codes, finding, picture, table, write_picture

from valgap.auditing.sources import columns, pictures
from valgap.auditing.sources.find import dataset_at
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError


def bomb(side: int) -> bytes:
    """A PNG of some kilobytes that says it is of side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * (side // 8 + 1) * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def data(tmp_path):
    return class_folders(tmp_path / "data", 12)


@pytest.mark.parametrize("kind", ["truncated", "text", "bomb", "empty", "noise"])
def test_a_file_that_gives_no_picture_is_one_finding_that_names_it(tmp_path, data, kind):
    bad = data / "train" / "cat" / ("bad.jpg" if kind == "truncated" else "bad.png")
    if kind == "truncated":
        whole = write_picture(bad, picture(np.random.default_rng(1), side=96)).read_bytes()
        bad.write_bytes(whole[: len(whole) // 2])
    else:
        made = {"text": b"no picture", "bomb": bomb(60_000), "empty": b"", "noise": os.urandom(500)}
        bad.write_bytes(made[kind])
    found = audited(tmp_path, data)
    told = finding(found, "DAT310")
    assert told.message == "1 of 33 files cannot be read"
    assert f"such as train/cat/{bad.name}" in told.evidence
    assert found.fits[0].train.rows == 24


def test_a_picture_of_too_many_pixels_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 24 * 24 - 1)
    found = dataset_at(class_folders(tmp_path, 3, ("",)), Wishes())
    block = found.reader.read(np.arange(6))
    assert not block.whole.any()
    assert {look.file.failure for look in block.looks} == {"unreadable"}


def test_where_nothing_can_be_read_it_is_the_user_s_mistake(tmp_path):
    for part in ("train", "test"):
        (tmp_path / part / "cat").mkdir(parents=True)
        (tmp_path / part / "cat" / "a.png").write_text("no")
        (tmp_path / part / "cat" / "b.png").write_text("no")
    with pytest.raises(UsageError, match="none of 2 rows of train can be read"):
        audited(tmp_path, tmp_path)


class Trap:
    def __reduce__(self):
        return os.mkdir, ("trapped",)


@pytest.mark.parametrize("ending", [".npz", ".npy"])
def test_pickled_objects_are_refused_and_not_run(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    objects = np.array([Trap(), Trap()], object)
    if ending == ".npz":
        np.savez("data.npz", x=objects, y=np.zeros(2))
    else:
        np.save("data.npy", objects)
    with pytest.raises(UsageError, match="pickled objects, which could run code and are not"):
        audited(tmp_path, f"data{ending}")
    assert not (tmp_path / "trapped").exists()


def test_a_bare_pickle_named_npy_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.npy").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UsageError, match=r"data\.npy"):
        audited(tmp_path, "data.npy")
    assert not (tmp_path / "trapped").exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("valgap.auditing.sources.arrays.MOST_BYTES", 1000)
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((100, 100)))
    with pytest.raises(UsageError, match=r"once unpacked: save its arrays as \.npy"):
        dataset_at(tmp_path / "d.npz", Wishes())


@pytest.mark.parametrize("body", [b"PK\3\4 and no more", b"text", b""])
def test_an_archive_that_is_none_is_refused_in_one_line(tmp_path, body):
    (tmp_path / "d.npz").write_bytes(body)
    with pytest.raises(UsageError, match="cannot be read as arrays") as caught:
        dataset_at(tmp_path / "d.npz", Wishes())
    assert "\n" not in str(caught.value)


def test_a_cut_off_archive_is_refused_in_one_line(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.random.default_rng(0).normal(size=(50, 5)))
    whole = (tmp_path / "d.npz").read_bytes()
    (tmp_path / "d.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match="cannot be read as arrays"):
        dataset_at(tmp_path / "d.npz", Wishes())
    with zipfile.ZipFile(tmp_path / "e.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\1\0nonsense")
    with pytest.raises(UsageError, match="cannot be read as arrays"):
        dataset_at(tmp_path / "e.npz", Wishes())


def test_ragged_rows_of_a_csv_are_left_out_and_told(tmp_path):
    lines = ["a,b,label"] + [f"{i * 0.7},{i % 5},{i % 2}" for i in range(40)]
    lines[7], lines[20] = "1,2", "1,2,3,4"
    (tmp_path / "t.csv").write_text("\n".join(lines))
    found = audited(tmp_path, tmp_path / "t.csv")
    told = "2 lines have another number of cells than the head (first: line 8): left out"
    assert told in found.stored.record.notes
    assert found.fits[0].train.rows + found.fits[0].validation.rows == 38


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "expected a first line of column names"),
        (b"1,2\n3,4\n", "expected a first line of column names"),
        (b"a,a\n1,2\n", "two columns are called 'a'"),
        (b"a,b\n", "expected lines of 2 cells"),
        (b"a,b\n\0\1\2", "expected text, found bytes"),
    ],
)
def test_a_csv_that_is_none_is_refused_in_one_line(tmp_path, body, told):
    (tmp_path / "t.csv").write_bytes(body)
    with pytest.raises(UsageError, match=told):
        dataset_at(tmp_path / "t.csv", Wishes())


def test_a_cell_without_an_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(columns, "LONGEST_CELL", 1000)
    (tmp_path / "t.csv").write_text('a,b\n1,"' + "x" * 5000)
    with pytest.raises(UsageError, match="is no CSV"):
        dataset_at(tmp_path / "t.csv", Wishes())


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, data):
    outside = write_picture(tmp_path / "private" / "a.png", picture(np.random.default_rng(3)))
    (data / "train" / "cat" / "away.png").symlink_to(outside)
    (data / "train" / "dog" / "all").symlink_to(outside.parent)
    (data / "train" / "dog" / "round").symlink_to(data)
    found = dataset_at(data, Wishes())
    assert found.rows == 32
    assert any("3 links out of the folder" in note for note in found.notes)


def test_paths_of_a_csv_that_lead_out_of_its_folder_are_not_followed(tmp_path):
    inside = tmp_path / "set"
    write_picture(tmp_path / "away.png", picture(np.random.default_rng(3)))
    write_picture(inside / "a.png", picture(np.random.default_rng(4)))
    (inside / "link.png").symlink_to(tmp_path / "away.png")
    whole = tmp_path / "away.png"
    (inside / "l.csv").write_text(f"path,label\na.png,x\n../away.png,y\nlink.png,x\n{whole},y\n")
    found = dataset_at(inside / "l.csv", Wishes())
    assert found.names == ("a.png",)
    assert any("3 paths out of" in note for note in found.notes)
    assert dataset_at(inside / "l.csv", Wishes(files=str(tmp_path))).rows == 3


def test_a_missing_file_of_a_csv_is_a_file_that_cannot_be_read(tmp_path):
    for i in range(9):
        write_picture(tmp_path / f"{i}.png", picture(np.random.default_rng(i)))
    rows = "".join(f"{i}.png,{'ab'[i % 2]}\n" for i in range(12))
    (tmp_path / "l.csv").write_text(f"path,label\n{rows}")
    found = audited(tmp_path, tmp_path / "l.csv")
    assert finding(found, "DAT310").message == "3 of 12 files cannot be read"


def test_a_folder_that_may_not_be_opened_is_told_and_the_rest_is_read(data, monkeypatch):
    real = os.scandir

    def closed(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    found = dataset_at(data, Wishes())
    assert found.rows == 16
    assert any(note.startswith("2 folders not to be opened") for note in found.notes)
    monkeypatch.setattr(
        os, "scandir", lambda path: (_ for _ in ()).throw(PermissionError(13, "no"))
    )
    with pytest.raises(UsageError, match=r"cannot read .*: no"):
        dataset_at(data, Wishes())


def test_an_empty_class_is_told(tmp_path, data):
    (data / "train" / "owl").mkdir()
    found = audited(tmp_path, data)
    told = "1 folder without any file to read (train/owl)"
    assert told in found.stored.record.notes


def test_a_class_of_one_part_alone_is_a_finding(tmp_path, data):
    for i in range(4):
        write_picture(data / "validation" / "owl" / f"{i}.png", picture(np.random.default_rng(i)))
    assert finding(audited(tmp_path, data), "DAT202").status == "confirmed"


def test_one_row_is_no_data_set(tmp_path):
    with pytest.raises(UsageError, match="expected two rows and more, found 1 row"):
        audited(tmp_path, np.zeros((1, 3)), np.zeros(1))


def test_values_that_are_no_numbers_are_counted_over_all_rows(tmp_path):
    x, y = table(60)
    x[[3, 50]] = np.nan
    assert "DAT305" in codes(audited(tmp_path, x, y, split_from="0.5", seconds=5.0))


def test_a_clip_that_is_none_is_a_row_that_cannot_be_read(tmp_path):
    pytest.importorskip("cv2")
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.mp4").write_bytes(b"no film")
    block = dataset_at(tmp_path, Wishes()).reader.read(np.arange(2))
    assert not block.whole.any()
