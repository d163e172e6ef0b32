"""All rows by how wrong their label looks: the list that a finding gives the head of."""

import csv

import numpy as np
import pytest
from audit_made import audited, class_folders, table

from valgap.cli.main import main
from valgap.errors import UsageError


def flipped(count=10, rows=240):
    x, _ = table(rows)
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    far = np.flatnonzero(np.abs(x[:, 0] + x[:, 1]) > 1)  # where a label is not a matter of taste
    wrong = np.random.default_rng(1).choice(far, count, replace=False)
    y[wrong] = 1 - y[wrong]
    return x, y, set(wrong.tolist())


def test_wrong_labels_stand_first_with_the_class_they_look_like(tmp_path):
    x, y, wrong = flipped()
    found = audited(tmp_path, x, y).doubtful_labels()
    assert len(found) == 240
    first = found[: len(wrong)]
    assert len(wrong & {one.row for one in first}) >= 9
    assert all(one.looks_like == str(1 - y[one.row]) for one in first if one.row in wrong)
    assert [one.confidence for one in found] == sorted(one.confidence for one in found)
    assert {one.part for one in found} == {"train", "validation"}


def test_copies_do_not_vouch_for_each_other(tmp_path):
    x, y, wrong = flipped(1)
    (row,) = wrong
    x, y = np.concatenate([x, np.repeat(x[[row]], 5, 0)]), np.append(y, [y[row]] * 5)
    found = audited(tmp_path, x, y).doubtful_labels()
    assert {one.row for one in found[:6]} == {row, *range(240, 246 - 1)}


def test_features_of_ones_own_are_used(tmp_path):
    x, y, wrong = flipped()
    noise = np.random.default_rng(5).normal(size=x.shape)
    audit = audited(tmp_path, noise, y)
    blind, told = audit.doubtful_labels(), audit.doubtful_labels(x)
    assert len(wrong & {one.row for one in told[:10]}) >= 9
    assert len(wrong & {one.row for one in blind[:10]}) <= 3


@pytest.mark.parametrize(
    ("features", "told"),
    [
        (np.zeros((5, 2)), "expected 240 rows, received 5"),
        (np.zeros(240), r"expected numbers of shape \(rows, columns\), received float64 of"),
        (np.full((240, 2), np.nan), "expected finite numbers"),
        (np.full((240, 2), "a"), "received <U1"),
    ],
)
def test_features_of_other_rows_are_refused(tmp_path, features, told):
    x, y, _ = flipped()
    with pytest.raises(UsageError, match=told):
        audited(tmp_path, x, y).doubtful_labels(features)


@pytest.mark.parametrize(
    ("y", "told"),
    [
        (np.linspace(0, 1, 120), "expected one class a row, labels are of a regression task"),
        (np.random.default_rng(0).normal(size=(120, 2)), "of a regression task"),
        (np.random.default_rng(0).integers(0, 2, (120, 3)), "of a multilabel task"),
        (np.repeat([0, 1], [118, 2]), "two classes, each of 5 rows or groups and more"),
        (None, "no labels"),
    ],
)
def test_labels_that_are_no_classes_are_refused(tmp_path, y, told):
    with pytest.raises(UsageError, match=told):
        audited(tmp_path, table()[0], y).doubtful_labels()


def test_classes_of_a_single_group_are_not_judged(tmp_path):
    """No model of other rows knows them: they would head the list."""
    x, y, _ = flipped()
    y = y.copy()
    y[:20] = 2
    groups = np.r_[np.zeros(20), np.arange(1, 221)]
    found = audited(tmp_path, x, y, groups=groups).doubtful_labels()
    assert {one.label for one in found} == {"0", "1"}


@pytest.mark.parametrize("names", [[-1, 1], [False, True], ["a", "b"]])
def test_classes_of_any_kind_are_told_as_they_are_called(tmp_path, names):
    x, y, wrong = flipped()
    found = audited(tmp_path, x, np.array(names)[y]).doubtful_labels()
    assert len({one.label for one in found}) == 2
    assert len(wrong & {one.row for one in found[: len(wrong)]}) >= 9


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return class_folders(tmp_path / "data", 30)


def test_the_command_writes_a_list_of_paths(folders, tmp_path, capfd):
    moved = folders / "train" / "dog" / "moved.png"
    (folders / "train" / "cat" / "train000.png").rename(moved)
    assert main(["audit", "data", "--doubtful-labels", "doubt.csv"]) == 0
    assert "80 of 80 rows could be judged and are written to" in capfd.readouterr().err.replace(
        "\n", " "
    )
    rows = list(csv.DictReader((tmp_path / "doubt.csv").open(encoding="utf-8")))
    assert rows[0]["name"].endswith("dog/moved.png")
    assert (rows[0]["label"], rows[0]["looks_like"]) == ("dog", "cat")
    assert [row["rank"] for row in rows] == [str(i) for i in range(1, 81)]


def test_features_are_read_without_unpickling_and_want_a_list(folders, tmp_path, capfd):
    np.save("features.npy", np.array([{"a": 1}] * 80, object), allow_pickle=True)
    asked = ["audit", "data", "-q", "--features", "features.npy"]
    assert main(asked) == 2
    assert "expected --doubtful-labels OUT.csv beside it" in capfd.readouterr().err
    assert main([*asked, "--doubtful-labels", "doubt.csv"]) == 2
    assert "expected a .npy file of numbers" in capfd.readouterr().err
    assert not (tmp_path / "doubt.csv").exists()


def test_features_of_a_wrong_kind_are_refused_before_the_audit(folders, tmp_path, capfd):
    np.save("features.npy", np.zeros(80))
    asked = ["audit", "data", "--features", "features.npy", "--doubtful-labels", "doubt.csv"]
    assert main(asked) == 2
    out, err = capfd.readouterr()
    assert "expected numbers of shape (rows, columns)" in err
    assert not out
    assert not (tmp_path / ".valgap").exists()
