"""What the user tells of rows beside their labels: read, put into pairs, held against the rows."""

import numpy as np
import pytest

from valgap.errors import UsageError
from valgap.evidence.records import DataRecord
from valgap.observe.known import Known, known, read_known, read_known_beside

CLIPS, OTHERS = np.array(["a", "a", "b"]), np.array(["b", "c"])
KINDS, OTHER_KINDS = np.array([0, 1, 1]), np.array([1, 0])


def written(path, **arrays):
    np.savez(path, **arrays)
    return path


def fed(train=3, validation=2, form="arrays", **more):
    """Records of splits of so many rows."""
    return {
        "train": DataRecord("train", form, train, **more),
        "validation": DataRecord("validation", form, validation),
    }


def of_splits(labels):
    return [labels[split].tolist() for split in ("train", "validation")]


# Files


def test_groups_and_sub_classes_are_read_by_split(tmp_path):
    path = written(
        tmp_path / "known.npz",
        train_groups=CLIPS,
        validation_groups=OTHERS,
        train_subclass=KINDS,
        validation_subclass=OTHER_KINDS,
    )
    found = read_known(path)
    assert of_splits(found.groups) == [["a", "a", "b"], ["b", "c"]]
    assert of_splits(found.subclasses) == [[0, 1, 1], [1, 0]]


def test_one_of_the_two_kinds_is_enough(tmp_path):
    path = written(tmp_path / "known.npz", train_subclass=KINDS, validation_subclass=OTHER_KINDS)
    found = read_known(path)
    assert found.groups == {}
    assert set(found.subclasses) == {"train", "validation"}


def test_a_file_that_tells_of_one_split_only_is_refused(tmp_path):
    path = written(tmp_path / "known.npz", train_groups=CLIPS, train_subclass=KINDS)
    with pytest.raises(UsageError, match=r"known.npz: expected groups of both splits, or of"):
        read_known(path)


@pytest.mark.parametrize(
    ("arrays", "found"), [({"groups": CLIPS, "y": KINDS}, "found groups, y"), ({}, "found nothing")]
)
def test_a_file_that_tells_nothing_names_what_it_holds(tmp_path, arrays, found):
    with pytest.raises(UsageError, match=f"expected train_groups and validation_groups.*{found}"):
        read_known(written(tmp_path / "known.npz", **arrays))


def test_what_is_no_archive_of_arrays_is_refused_in_one_line(tmp_path):
    np.save(tmp_path / "alone.npy", CLIPS)
    (tmp_path / "text.npz").write_text("train_groups: a, a, b\n")
    (tmp_path / "empty.npz").touch()
    (tmp_path / "folder.npz").mkdir()
    written(tmp_path / "objects.npz", train_groups=CLIPS.astype(object), validation_groups=OTHERS)
    for name in ("alone.npy", "text.npz", "empty.npz", "folder.npz", "objects.npz", "missing.npz"):
        with pytest.raises(UsageError, match=rf"{name}: expected an \.npz file of arrays, \S.*\Z"):
            read_known(tmp_path / name)


def test_an_archive_that_was_cut_off_or_spoilt_is_refused_in_one_line(tmp_path):
    np.savez_compressed(tmp_path / "whole.npz", train_groups=np.arange(1000))
    whole = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "spoilt.npz").write_bytes(whole[:200] + bytes(200) + whole[400:])
    for name in ("cut.npz", "spoilt.npz"):
        with pytest.raises(UsageError, match=rf"{name}: expected an \.npz file of arrays, \S.*\Z"):
            read_known(tmp_path / name)


def beside(folder, train, validation):
    rows = {"x": np.zeros((3, 2)), "y": np.zeros(3)}
    return (
        written(folder / "train.npz", **rows, **train),
        written(folder / "validation.npz", **rows, **validation),
    )


def test_labels_stand_beside_the_rows_of_each_split(tmp_path):
    told = {"groups": CLIPS, "subclass": KINDS}, {"groups": OTHERS, "subclass": OTHER_KINDS}
    found = read_known_beside(*beside(tmp_path, *told))
    assert of_splits(found.groups) == [["a", "a", "b"], ["b", "c"]]
    assert of_splits(found.subclasses) == [[0, 1, 1], [1, 0]]


def test_rows_without_labels_beside_them_tell_nothing(tmp_path):
    assert read_known_beside(*beside(tmp_path, {}, {})) == Known()


def test_labels_beside_training_rows_alone_are_of_no_use(tmp_path):
    files = beside(tmp_path, {"groups": CLIPS}, {})
    assert read_known_beside(files[0], None) == Known()
    with pytest.raises(UsageError, match="expected groups of both splits, or of neither"):
        read_known_beside(*files)


# Pairs


@pytest.mark.parametrize(
    "given",
    [(CLIPS,), (CLIPS, OTHERS, OTHERS), {"train": CLIPS, "validation": OTHERS}, "ab", KINDS[:2]],
    ids=["one", "three", "by name", "text", "an array of two"],
)
def test_what_is_no_pair_is_refused(given):
    for name in ("groups", "subclasses"):
        with pytest.raises(UsageError, match=f"{name}: expected a pair"):
            known(**{name: given})


def test_lists_are_taken_as_they_come():
    found = known(groups=[["a", "a", "b"], ["b", "c"]])
    assert list(found.misfits(fed())) == []


# Misfits


def test_one_label_a_row_fits():
    assert list(known((CLIPS, OTHERS), (KINDS, OTHER_KINDS)).misfits(fed())) == []


def test_each_misfit_is_told_with_its_kind_and_split():
    told = list(known((CLIPS, OTHERS), (KINDS, OTHER_KINDS[:1])).misfits(fed(train=9)))
    assert told == [
        "groups of train: expected 9 labels, one a row, received shape (3,)",
        "subclasses of train: expected 9 labels, one a row, received shape (3,)",
        "subclasses of validation: expected 2 labels, one a row, received shape (1,)",
    ]


@pytest.mark.parametrize(
    ("labels", "shape"), [(CLIPS[:, None], r"(3, 1)"), ("a", "()"), (np.eye(3), "(3, 3)")]
)
def test_labels_are_one_a_row_and_of_one_dimension(labels, shape):
    (told,) = known((labels, OTHERS)).misfits(fed())
    assert told.endswith(f"received shape {shape}")


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        (None, "there are no such rows"),
        (DataRecord("train", "tf.data"), "the number of its rows is not known (tf.data)"),
        (
            DataRecord("train", "tf.data", 3, shuffled=True),
            "the order of its rows is not known (tf.data, shuffled)",
        ),
        (DataRecord("train", "generator", 3), "the order of its rows is not known (generator)"),
        (DataRecord("train", "PyDataset", 3), "the order of its rows is not known (PyDataset)"),
    ],
    ids=["none", "endless", "shuffled", "generator", "items"],
)
def test_rows_that_no_label_can_be_put_to_are_told(train, reason):
    told = known((CLIPS, OTHERS)).misfits({**fed(), "train": train})
    assert list(told) == [f"groups of train: {reason}"]


@pytest.mark.parametrize("form", ["arrays", "pandas", "ImageDataGenerator", "DataLoader"])
def test_rows_that_are_shuffled_by_their_place_keep_it(form):
    assert list(known((CLIPS, OTHERS)).misfits(fed(form=form, shuffled=True))) == []


def test_a_data_set_in_its_order_takes_labels():
    assert list(known((CLIPS, OTHERS)).misfits(fed(form="tf.data", shuffled=False))) == []


# Numbers


def test_a_group_has_one_number_in_both_splits():
    found = known((CLIPS, OTHERS)).group_numbers()
    train, validation = found["train"].tolist(), found["validation"].tolist()
    assert train[0] == train[1] != train[2] == validation[0]
    assert validation[1] not in train


@pytest.mark.parametrize(
    ("train", "validation"),
    [
        ([1, 1, 2], [2, 3]),
        ([1, 1, 2], ["2", "3"]),
        ([1, 1, 2], [2.0, 3.5]),
        (["a", "a", None], [None, "c"]),
    ],
    ids=["numbers", "numbers and text", "with a fraction", "a name is missing"],
)
def test_labels_of_any_kind_are_numbered(train, validation):
    found = known((train, validation)).group_numbers()
    told = [*found["train"].tolist(), *found["validation"].tolist()]
    assert told[0] == told[1] != told[2] == told[3] != told[4] != told[0]


def test_nothing_given_has_no_numbers():
    assert known(subclasses=(KINDS, OTHER_KINDS)).group_numbers() == {}
