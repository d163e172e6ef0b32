"""A split by `valgap audit --split` tears nothing apart, whatever the data are."""

import csv

import numpy as np
import pytest
from audit_made import audited, class_folders, table
from hypothesis import given, settings
from hypothesis import strategies as st

from valgap.auditing.dataset import PARTS
from valgap.auditing.sound import together
from valgap.auditing.splitting import divided, shares_of, strata_of
from valgap.errors import UsageError

SHARES = (0.7, 0.15, 0.15)
# Groups of one class each, as patients or clips are: sizes by class.
GROUPS = st.lists(st.lists(st.integers(1, 12), min_size=3, max_size=25), min_size=1, max_size=5)


def rows_of(sizes):
    """Group and class of each row."""
    flat = [(kind, size) for kind, of in enumerate(sizes) for size in of]
    group = np.repeat(np.arange(len(flat)), [size for _, size in flat])
    return group, np.repeat([kind for kind, _ in flat], [size for _, size in flat])


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 5))
def test_no_group_is_torn_and_each_class_is_in_each_part(sizes, seed):
    group, kind = rows_of(sizes)
    parts = divided(len(group), SHARES, together=group, strata=kind, seed=seed)
    for g in np.unique(group):
        assert len(set(parts[group == g].tolist())) == 1
    for k in np.unique(kind):
        assert set(parts[kind == k].tolist()) == set(PARTS)


@settings(max_examples=60, deadline=None)
@given(GROUPS, st.integers(0, 5))
def test_shares_come_as_near_as_the_largest_group_of_each_class_lets_them(sizes, seed):
    group, kind = rows_of(sizes)
    parts = divided(len(group), SHARES, together=group, strata=kind, seed=seed)
    # Of each class a part may be off by its largest group, as no group can be cut.
    slack = sum(max(of) for of in sizes)
    for name, share in zip(PARTS, SHARES, strict=True):
        assert abs((parts == name).sum() - share * len(group)) <= slack + 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(6, 60), min_size=1, max_size=6), st.integers(0, 5))
def test_single_rows_have_the_shares_in_each_class(counts, seed):
    kind = np.repeat(np.arange(len(counts)), counts)
    parts = divided(len(kind), SHARES, strata=kind, seed=seed)
    for k, n in enumerate(counts):
        for name, share in zip(PARTS, SHARES, strict=True):
            assert abs((parts[kind == k] == name).sum() - share * n) <= 1.5
            assert (parts[kind == k] == name).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29))))
def test_what_is_joined_by_a_chain_is_one(rows, links):
    pairs = np.array([(a, b) for a, b in links if max(a, b) < rows], np.int64).reshape(-1, 2)
    found = together(rows, np.arange(rows), pairs, None)
    seen = {i: {i} for i in range(rows)}
    for a, b in pairs.tolist():
        joined = seen[a] | seen[b]
        for i in joined:
            seen[i] = joined
    assert all((found[i] == found[j]) == (j in seen[i]) for i in range(rows) for j in range(rows))


def test_many_groups_are_split_in_seconds_and_near_the_shares():
    group = np.repeat(np.arange(20_000), 5)
    kind = np.repeat(np.arange(20_000) % 7, 5)
    parts = divided(len(group), SHARES, together=group, strata=kind, seed=1)
    assert abs((parts == "train").mean() - 0.7) < 0.01
    assert len({(g, p) for g, p in zip(group.tolist(), parts.tolist(), strict=True)}) == 20_000


def test_the_seed_decides():
    kind = np.arange(90) % 3
    one, same, other = (divided(90, SHARES, strata=kind, seed=s) for s in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


def test_fewer_groups_than_parts_are_refused():
    with pytest.raises(UsageError, match="2 groups make no 3 parts"):
        divided(10, SHARES, together=np.arange(10) // 5)


@pytest.mark.parametrize("text", ["70", "70,x", "70,-5,35", "70,10,10,10", "70,0,30", "nan,1"])
def test_shares_that_are_none_are_refused(text):
    with pytest.raises(UsageError, match="--shares: expected 70,15,15 or 80,20"):
        shares_of(text)


def test_shares_are_scaled_to_one():
    assert shares_of("8,2") == (0.8, 0.2)


def test_real_numbers_are_stratified_by_a_fifth_of_their_order():
    strata = strata_of(np.random.default_rng(0).normal(size=100), 100)
    assert np.bincount(strata).tolist() == [20] * 5


def test_a_split_of_an_audit_keeps_groups_and_copies_together(tmp_path):
    x, y = table(200)
    x[150:] = x[:50]
    y[150:] = y[:50]
    groups = np.arange(200) // 4
    made = audited(tmp_path, x, y, groups=groups).split()
    for key in (groups, np.arange(200) % 150):
        assert all(len(set(made.parts[key == k].tolist())) == 1 for k in np.unique(key))
    assert sorted([*made.train, *made.validation, *made.test]) == list(range(200))


def test_by_row_groups_may_be_torn(tmp_path):
    x, y = table(200)
    groups = np.arange(200) // 50
    made = audited(tmp_path, x, y, groups=groups).split(by="row")
    assert any(len(set(made.parts[groups == g].tolist())) > 1 for g in range(4))


def test_duplicates_are_dropped_but_for_the_first_and_all_where_labels_differ(tmp_path):
    x, y = table(60)
    x[50:], y[50:] = x[:10], y[:10]
    y[50] = 1 - y[0]
    made = audited(tmp_path, x, y).split(drop_duplicates=True)
    assert np.flatnonzero(made.parts == "").tolist() == [0, *range(50, 60)]
    assert "11 rows left out as copies of others" in made.notes


def test_a_split_by_group_without_groups_is_refused(tmp_path):
    with pytest.raises(UsageError, match="--by group: no groups are known"):
        audited(tmp_path, *table(60)).split(by="group")


def test_a_class_of_too_few_groups_is_told(tmp_path):
    x, y = table(60)
    y[:] = np.arange(60) % 2
    y[7] = 2
    notes = audited(tmp_path, x, y).split().notes
    assert "1 class is not in every part: too few groups hold rows of it" in notes


def test_a_list_and_arrays_are_written(tmp_path):
    data = class_folders(tmp_path / "data", 12, ("",))
    made = audited(tmp_path, data).split((0.75, 0.25))
    made.save(tmp_path / "split.csv")
    made.save(tmp_path / "split.npz")
    with (tmp_path / "split.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"train", "validation"}
    assert all((data / row["path"]).is_file() for row in rows)
    assert all(row["path"].startswith(row["label"]) for row in rows)
    arrays = np.load(tmp_path / "split.npz")
    assert arrays["train"].tolist() == made.train.tolist()
    with pytest.raises(UsageError, match=r"ends in \.csv or \.npz"):
        made.save(tmp_path / "split.txt")


def test_a_written_split_is_read_back_and_found_sound(tmp_path):
    data = class_folders(tmp_path / "data", 30, ("",))
    made = audited(tmp_path, data).split()
    made.save(tmp_path / "split.csv")
    again = audited(tmp_path, data, split_from=str(tmp_path / "split.csv"))
    assert [f.validation.rows for f in again.fits] == [len(made.validation), len(made.test)]
    assert {"DAT101", "DAT202", "DAT203"} <= set(again.diagnosis.passed)
