import random
import subprocess
import sys

import numpy as np
import pytest

from valgap.observe.sources.base import SourceUnreadableError, Table, digests_of, spread
from valgap.observe.sources.batch import Batch, table_of, unpacked
from valgap.observe.sources.fingerprint import fingerprint
from valgap.observe.sources.guard import own_randomness
from valgap.observe.sources.make import make_sources
from valgap.observe.sources.nested import concatenate, lists_to_tuples, named_leaves
from valgap.observe.sources.plan import evaluation_plan, training_plan
from valgap.observe.sources.reader import Geometry, geometry_of
from valgap.observe.sources.request import requests
from valgap.observe.sources.select import Reservoir, choose
from valgap.observe.sources.weights import weights_for


def table(rows: int, size: int) -> Table:
    sizes = tuple(min(size, rows - start) for start in range(0, rows, size))
    x = {"a": np.arange(rows), "b": (np.arange(rows) * 2,)}
    return Table(x, np.arange(rows), None, sizes, np.arange(rows))


def test_batches_of_a_table_are_consecutive_rows():
    parts = [x["b"][0].tolist() for x, _, _ in table(5, 2).batches()]
    assert parts == [[0, 2], [4, 6], [8]]


def test_rows_taken_keep_their_ids_and_have_no_weights_where_there_were_none():
    taken = table(10, 4).take(np.array([7, 1, 3]), batch_size=2)
    assert taken.ids.tolist() == [7, 1, 3]
    assert taken.x["b"][0].tolist() == [14, 2, 6]
    assert taken.sizes == (2, 1)
    assert taken.w is None


def test_spread_positions_reach_both_ends_and_do_not_repeat():
    for count, of in ((1, 7), (3, 10), (64, 65), (10, 10), (20, 10)):
        positions = spread(count, of)
        assert len(set(positions.tolist())) == min(count, of)
        assert positions.max() < of


def test_leaves_are_named_as_one_would_index_them():
    names = [name for name, _ in named_leaves(({"k": 1}, [2, None, 3]), "x")]
    assert names == ["k", "x[1][0]", "x[1][2]"]


def test_structures_are_joined_leaf_by_leaf():
    joined = concatenate([(np.ones(2), None), (np.zeros(1), None)])
    assert joined[0].tolist() == [1, 1, 0]
    assert joined[1] is None
    assert lists_to_tuples({"a": [1, [2]]}) == {"a": (1, (2,))}


@pytest.mark.parametrize(("rows", "batch", "limit"), [(100, 32, 64), (100, 32, 70), (100, 7, 50)])
@pytest.mark.parametrize("order", ["shuffled", "within-batches", "as-given"])
def test_a_training_sample_is_whole_batches_of_different_rows(rows, batch, limit, order):
    plan = training_plan(rows, batch, limit, order)
    assert set(plan.sizes) == {batch}
    assert limit - batch < len(plan.positions) <= limit
    assert len(set(plan.positions.tolist())) == len(plan.positions)
    assert plan.positions.max() < rows


def test_a_batch_larger_than_the_limit_is_cut():
    plan = training_plan(5000, 5000, 1000, "shuffled")
    assert plan.sizes == (1000,)


def test_evaluation_takes_rows_in_order():
    plan = evaluation_plan(100, 32, 1000)
    assert plan.positions.tolist() == list(range(100))
    assert plan.sizes == (32, 32, 32, 4)
    assert plan.note is None


def test_batches_chosen_make_at_most_the_limit_and_leave_the_partial_one_out():
    chosen = choose(Geometry(11, 10, 3), 40, at_random=True)
    assert len(chosen) == 4
    assert 10 not in chosen
    assert choose(Geometry(11, 10, 3), 103, at_random=True) == list(range(11))


@pytest.mark.parametrize(
    ("rows", "size", "drop", "expected"),
    [(10, 4, False, (3, 4, 2)), (10, 4, True, (2, 4, 4)), (8, 4, False, (2, 4, 4))],
)
def test_geometry_is_that_of_batching(rows, size, drop, expected):
    geometry = geometry_of(rows, size, drop=drop)
    assert (geometry.count, geometry.size, geometry.last) == expected


def test_a_reservoir_keeps_all_rows_up_to_its_limit():
    reservoir = Reservoir(100)
    for position, rows in enumerate((32, 32, 32, 4)):
        reservoir.offer(position, rows, lambda rows=rows: Batch(np.zeros(rows), None, None))
    assert sorted(reservoir.kept) == [0, 1, 2, 3]
    assert reservoir.starts[3] == 96


def test_a_reservoir_gives_every_batch_about_the_same_chance():
    early = 0
    for seed in range(200):
        reservoir = Reservoir(40, _generator=np.random.default_rng(seed))
        for position in range(40):
            reservoir.offer(position, 8, lambda: Batch(np.zeros(8), None, None))
        assert len(reservoir.kept) == 5
        early += sum(position < 20 for position in reservoir.kept)
    assert 400 < early < 600


def test_a_change_in_place_changes_the_checksum_and_a_copy_does_not():
    x = np.random.default_rng(0).normal(size=(500, 4))
    names = np.array(["a", "b"] * 250, dtype=object)
    before = fingerprint((x, names))
    assert fingerprint((x.copy(), names.copy())) == before
    np.random.default_rng(1).shuffle(x)
    assert fingerprint((x, names)) != before


def test_the_checksum_of_large_rows_reads_a_part_of_them_only(monkeypatch):
    from valgap.observe.sources import fingerprint as module

    read: list[int] = []
    original = module._bytes
    monkeypatch.setattr(module, "_bytes", lambda row: read.append(len(original(row))) or b"")
    fingerprint(np.zeros((100, 300, 300, 3), "float32"))
    assert sum(read) <= 64 * 8192


def test_class_weights_follow_the_class_of_each_row():
    weights = {0: 2.0, 1: 5.0}
    expected = [2, 5, 1]
    for y in (np.array([0, 1, 2]), np.array([[0], [1], [2]]), np.eye(3)):
        assert weights_for(y, None, weights).tolist() == expected


def test_one_weight_for_several_outputs_goes_to_each():
    w = np.arange(3)
    assert weights_for({"a": w, "b": w}, w, None)["b"] is w


def test_batches_of_other_shapes_are_refused_with_a_reason():
    batches = [Batch(np.zeros((2, n)), None, None) for n in (3, 4)]
    with pytest.raises(SourceUnreadableError, match="differ in shape"):
        table_of(batches, [np.arange(2)] * 2)
    with pytest.raises(SourceUnreadableError, match="no rows"):
        table_of([], [])


def test_elements_are_unpacked_as_keras_does_and_copied():
    x = np.zeros((2, 3))
    alone, triple = unpacked(x), unpacked([x, np.ones(2), np.ones(2)])
    assert alone.y is None
    assert triple.w.tolist() == [1, 1]
    x += 1
    assert alone.x.sum() == 0


def test_digests_tell_rows_apart_by_all_inputs():
    a, b = np.zeros((3, 2)), np.array([0, 0, 1])
    first, second, third = digests_of({"a": a, "b": b})
    assert first == second
    assert first != third


def test_fit_arguments_are_resolved_as_fit_does():
    x, y = np.zeros(10), np.zeros(10)
    train, validation = requests({"x": x, "y": y, "validation_split": 0.3, "batch_size": 4}, 1)
    assert (train.rows, validation.rows) == ((0, 7), (7, 10))
    assert train.shuffle is True
    assert validation.shuffle is False
    assert validation.batch_size == 4
    assert requests({"x": x, "y": y}, 1)[1] is None
    given = {"x": x, "validation_data": [x, y], "validation_split": 0.3, "validation_batch_size": 2}
    assert requests(given, 1)[1].batch_size == 2
    assert requests(given, 1)[0].rows is None


def test_draws_differ_and_the_states_of_the_script_come_back():
    class Owner:
        def __init__(self) -> None:
            self.numpy = np.random.default_rng(1)
            self.legacy = np.random.RandomState(1)
            self.python = random.Random(1)

    def drawn(owner: Owner) -> list[float]:
        ours = [owner.numpy.random(), owner.legacy.rand(), owner.python.random()]
        return [*ours, random.random(), np.random.rand()]

    random.seed(3)
    np.random.seed(3)
    expected = drawn(Owner())
    random.seed(3)
    np.random.seed(3)
    owner = Owner()
    seen = []
    for draw in (0, 1, 0):
        with own_randomness(draw, owner, owner):
            seen.append(drawn(owner))
    assert seen[0] == seen[2]
    assert all(a != b for a, b in zip(seen[0], seen[1], strict=True))
    assert drawn(owner) == expected


def test_making_sources_of_arrays_does_not_import_keras():
    code = (
        "import sys, numpy as np; from valgap.observe.sources.make import make_sources;"
        "x = np.zeros((10, 2)); make_sources({'x': x, 'y': x, 'validation_split': .5}, epochs=1);"
        "sys.exit(any(m in sys.modules for m in ('keras', 'tensorflow', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_rows_of_text_have_digests():
    words = np.array(["a", "b", "a"], dtype=object)
    first, second, third = digests_of(words)
    assert first == third
    assert first != second


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": [[1, 2], [3, 4]], "y": [0, 1], "validation_split": 0.5},
        {"x": np.zeros(4), "validation_split": "half"},
        {"x": object(), "validation_data": 3},
        {},
    ],
)
def test_arguments_that_keras_will_refuse_do_not_fail_here(arguments):
    made = make_sources(arguments, epochs=1)
    with pytest.raises(SourceUnreadableError):
        made.train.read("fed", 10)
