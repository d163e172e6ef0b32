"""Each source of rows gives its rows, labels and parts."""

import csv

import numpy as np
import pytest
from audit_made import audited, class_folders, picture, table, write_picture

from valgap.auditing.sources.find import dataset_at
from valgap.auditing.sources.live import dataset_of
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError


def live(train, validation=None, test=None, y=None, groups=None, **wishes):
    parts = {"train": train, "validation": validation, "test": test}
    return dataset_of(parts, Wishes(**wishes), y, groups)


def write_csv(path, head, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def test_class_folders_give_part_and_class_of_each_picture(tmp_path):
    found = dataset_at(class_folders(tmp_path, 6, ("train", "val", "test")), Wishes())
    assert found.rows == 2 * (6 + 2 + 2)
    assert sorted(set(found.parts.tolist())) == ["test", "train", "validation"]
    assert found.classes == ("cat", "dog")
    block = found.reader.read(np.arange(found.rows))
    assert block.x.shape == (20, 24, 24, 1)
    assert block.whole.all()


def test_one_tree_of_class_folders_has_no_parts(tmp_path):
    found = dataset_at(class_folders(tmp_path, 6, ("",)), Wishes())
    assert (found.rows, found.parts, found.classes) == (12, None, ("cat", "dog"))


def test_a_split_is_stated_by_a_list_of_paths(tmp_path):
    data = class_folders(tmp_path / "data", 6, ("",))
    names = dataset_at(data, Wishes()).names
    rows = [(name, "train" if i % 3 else "test") for i, name in enumerate(names)]
    split = write_csv(tmp_path / "split.csv", ["path", "split"], rows)
    found = audited(tmp_path, data, split_from=str(split))
    assert [f.arguments["held_out"] for f in found.fits] == ["test"]
    assert (found.fits[0].train.rows, found.fits[0].validation.rows) == (8, 4)


def test_a_split_is_stated_as_the_share_of_the_last_rows(tmp_path):
    x, y = table(100)
    found = audited(tmp_path, x, y, split_from="0.2")
    assert (found.fits[0].train.rows, found.fits[0].validation.rows) == (80, 20)


def test_a_list_of_other_paths_is_refused_in_one_line(tmp_path):
    split = write_csv(tmp_path / "split.csv", ["path", "split"], [("no.png", "train")])
    with pytest.raises(UsageError, match="none of its rows is one of the data"):
        audited(tmp_path, class_folders(tmp_path / "data", 3, ("",)), split_from=str(split))


def test_a_csv_of_paths_and_labels_names_its_pictures(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(6):
        write_picture(tmp_path / "pictures" / f"{i}.png", picture(rng))
    rows = [(f"pictures/{i}.png", "ab"[i % 2], f"p{i // 2}") for i in range(6)]
    path = write_csv(tmp_path / "labels.csv", ["file", "label", "patient"], rows)
    found = dataset_at(path, Wishes(group="patient"))
    assert found.classes == ("a", "b")
    assert found.groups.tolist() == ["p0", "p0", "p1", "p1", "p2", "p2"]
    assert found.reader.read(np.arange(6)).whole.all()


def test_npz_of_x_and_y_has_no_parts(tmp_path):
    x, y = table()
    np.savez(tmp_path / "data.npz", x=x, y=y, groups=np.arange(120) // 10)
    found = dataset_at(tmp_path / "data.npz", Wishes())
    assert (found.rows, found.parts, len(set(found.groups.tolist()))) == (120, None, 12)


def test_npz_as_keras_keeps_its_data_sets_has_parts(tmp_path):
    x, y = table()
    np.savez(tmp_path / "d.npz", x_train=x[:90], y_train=y[:90], x_test=x[90:], y_test=y[90:])
    found = dataset_at(tmp_path / "d.npz", Wishes())
    assert found.parts.tolist() == ["train"] * 90 + ["test"] * 30
    assert np.array_equal(found.reader.read(np.array([89, 90])).x, x[[89, 90]])
    assert np.array_equal(found.labels, y)


def test_a_folder_of_npy_files_is_read_from_disk_as_needed(tmp_path):
    x, y = table()
    np.save(tmp_path / "x_train.npy", x)
    np.save(tmp_path / "y_train.npy", y)
    np.save(tmp_path / "x_val.npy", x[:20])
    np.save(tmp_path / "y_val.npy", y[:20])
    found = dataset_at(tmp_path, Wishes())
    assert all(isinstance(part, np.memmap) for part in found.reader.parts)
    assert found.parts.tolist() == ["train"] * 120 + ["validation"] * 20


@pytest.mark.parametrize("arrays", [{"y": 3}, {"x": 3, "y": 2}, {"x_train": 3, "x": 3}, {}])
def test_arrays_that_make_no_data_set_are_refused(tmp_path, arrays):
    np.savez(tmp_path / "d.npz", **{name: np.zeros((rows, 2)) for name, rows in arrays.items()})
    with pytest.raises(UsageError, match=r"expected x and y|has 2 rows, x has 3"):
        dataset_at(tmp_path / "d.npz", Wishes())


def test_a_csv_table_knows_text_numbers_gaps_and_columns_that_name_rows(tmp_path):
    rows = [(f"id{i}", i, "red" if i % 2 else "", "" if i == 3 else i / 2, i % 2, f"s{i // 5}")
            for i in range(60)]  # fmt: skip
    path = write_csv(tmp_path / "t.csv", ["id", "n", "hue", "size", "label", "subject"], rows)
    found = dataset_at(path, Wishes(group="subject"))
    assert found.features == ("hue", "size")
    x = found.reader.read(np.arange(60)).x
    assert np.isnan(x[3, 1])
    assert np.isnan(x[0, 0])
    assert x[5, 1] == 2.5
    assert found.labels.tolist() == [i % 2 for i in range(60)]
    assert "columns that name rows are no inputs: id, n" in found.notes


def test_a_column_named_split_gives_the_parts(tmp_path):
    rows = [(i / 7, i % 2, "train" if i < 40 else "valid") for i in range(60)]
    path = write_csv(tmp_path / "t.csv", ["a", "label", "split"], rows)
    assert dataset_at(path, Wishes()).parts.tolist() == ["train"] * 40 + ["validation"] * 20


def test_a_column_that_is_not_there_is_told_with_the_likeliest_one(tmp_path):
    path = write_csv(tmp_path / "t.csv", ["size", "kind"], [(i, i % 2) for i in range(9)])
    with pytest.raises(UsageError, match="no column 'kinds'; did you mean kind"):
        dataset_at(path, Wishes(label="kinds"))


def test_parquet_gives_what_csv_gives(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    made = pyarrow.table(
        {"a": [0.5, None, 2.0, 1.0], "b": ["x", "y", "x", None], "label": [0, 1, 0, 1]}
    )
    parquet.write_table(made, tmp_path / "t.parquet")
    found = dataset_at(tmp_path / "t.parquet", Wishes())
    assert (found.features, found.labels.tolist()) == (("a", "b"), [0, 1, 0, 1])
    x = found.reader.read(np.arange(4)).x
    assert np.isnan(x[1, 0])
    assert np.isnan(x[3, 1])


def test_series_in_a_long_table_are_told_apart_by_their_id(tmp_path):
    rows = [(s, t * 1.5, t + s, "ab"[s % 2]) for s in range(4) for t in range(3 + s)]
    path = write_csv(tmp_path / "s.csv", ["recording", "u", "v", "label"], rows)
    found = dataset_at(path, Wishes(id="recording"))
    x = found.reader.read(np.arange(4)).x
    assert x.shape == (4, 6, 2)
    assert x[0, :, 0].tolist() == [0, 1.5, 3, 0, 0, 0]
    assert found.labels.tolist() == ["a", "b", "a", "b"]


def test_a_series_of_two_labels_is_refused(tmp_path):
    rows = [(0, 1.0, "a"), (0, 2.0, "b"), (1, 1.0, "a")]
    path = write_csv(tmp_path / "s.csv", ["id", "u", "label"], rows)
    with pytest.raises(UsageError, match="column label: expected one value a series"):
        dataset_at(path, Wishes(id="id"))


def test_frames_of_clips_are_rows_and_the_clip_is_their_group(tmp_path):
    cv2 = pytest.importorskip("cv2")
    for name in ("a", "b"):
        path = tmp_path / name / f"{name}.avi"
        path.parent.mkdir()
        out = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
        for t in range(20):
            out.write(np.full((48, 64, 3), 10 * t, np.uint8))
        out.release()
    found = dataset_at(tmp_path, Wishes())
    assert (found.kind, found.rows) == ("clips", 32)
    assert found.groups.tolist() == ["a/a.avi"] * 16 + ["b/b.avi"] * 16
    block = found.reader.read(np.arange(16, 32))
    assert block.whole.all()
    assert block.x.shape == (16, 64, 64, 3)
    assert block.x[-1].mean() > block.x[0].mean() + 100


def test_arrays_in_python_take_other_parts_as_pairs():
    x, y = table(100)
    found = live((x[:80], y[:80]), (x[80:], y[80:]))
    assert found.parts.tolist() == ["train"] * 80 + ["validation"] * 20
    assert np.array_equal(found.labels, y)


def test_groups_given_in_python_are_one_a_row():
    x, y = table(50)
    assert live(x, y=y, groups=np.arange(50) // 5).groups.tolist()[:6] == ["0"] * 5 + ["1"]
    with pytest.raises(UsageError, match=r"groups: expected 50 labels.*received \(49,\)"):
        live(x, y=y, groups=np.arange(49))


def test_a_data_frame_is_a_table():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.5, None, 2], "b": ["x", "y", None], "label": ["n", "m", "n"]})
    found = live(frame, frame.iloc[:2])
    assert found.features == ("a", "b")
    assert found.classes == ("m", "n")
    assert found.parts.tolist() == ["train"] * 3 + ["validation"] * 2


class Batches:
    """What a `PyDataset` looks like from outside."""

    workers = 1

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return (len(self.x) + 7) // 8

    def __getitem__(self, i):
        return self.x[8 * i : 8 * i + 8], self.y[8 * i : 8 * i + 8]


class Stream(Batches):
    """What a `tf.data.Dataset` looks like from outside."""

    element_spec = ()

    def __iter__(self):
        return (self[i] for i in range(len(self)))


@pytest.mark.parametrize("cls", [Batches, Stream])
def test_data_sets_of_batches_are_known_by_their_manners(cls):
    x, y = table(50)
    found = live(cls(x, y), cls(x[:20], y[:20]))
    assert found.rows == 70
    assert np.array_equal(found.reader.read(np.arange(50)).x, x)
    assert np.array_equal(found.labels, np.concatenate([y, y[:20]]))


def test_a_stream_without_an_end_is_read_as_far_as_is_held():
    x, y = table(8)

    class Endless(Stream):
        def __iter__(self):
            while True:
                yield x, y

    found = live(Endless(x, y))
    assert found.rows == 20_000
    assert "as many as fit" in found.notes[0]


@pytest.mark.parametrize("data", [object(), 3, {"x": 1}, [object()]])
def test_what_is_no_data_is_refused_in_one_line(data):
    with pytest.raises(UsageError, match="expected a path, arrays, a DataFrame or batches"):
        live(data)


def test_a_path_with_nothing_to_read_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no data at"):
        dataset_at(tmp_path / "nowhere", Wishes())
    (tmp_path / "notes.docx").write_text("")
    with pytest.raises(UsageError, match="expected a folder, or a file of"):
        dataset_at(tmp_path / "notes.docx", Wishes())
    with pytest.raises(UsageError, match="expected pictures, video clips or"):
        dataset_at(tmp_path, Wishes())
