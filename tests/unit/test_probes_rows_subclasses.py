"""The parts of a class: one cloud of any shape has none, a union has its own, with recalls."""

import random

import numpy as np
import pytest
from planted_rows import plenty, sampled, table

from valgap.ledger.probes.rows.clock import Clock, NotApplicableError
from valgap.ledger.probes.rows.clusters import parts_of
from valgap.ledger.probes.rows.measure import measure_rows
from valgap.ledger.probes.rows.prepared import Prepared
from valgap.ledger.probes.rows.subclasses import subclasses
from valgap.ledger.probes.sampled import Own, Sampled

SEEDS = range(6)


def arc(rng, rows, columns, turn):
    angle = rng.uniform(0, turn, rows)
    x = 0.15 * rng.normal(size=(rows, columns))
    x[:, 0] += np.cos(angle)
    x[:, 1] += np.sin(angle)
    return x


def spot(rng, rows, columns):
    """Pictures of 16 x 16 with one spot anywhere."""
    middle, grid = rng.uniform(3, 12, (rows, 2, 1, 1)), np.arange(16)
    away = (grid[None, :, None] - middle[:, 0]) ** 2 + (grid[None, None, :] - middle[:, 1]) ** 2
    return (np.exp(-away / 8) + 0.1 * rng.normal(size=(rows, 16, 16))).reshape(rows, -1)


CLOUDS = {
    "normal": lambda rng, rows, columns: rng.normal(size=(rows, columns)),
    "drawn out": lambda rng, rows, columns: (
        rng.normal(size=(rows, columns)) * np.geomspace(1, 0.1, columns)
    ),
    "heavy tails": lambda rng, rows, columns: rng.standard_t(2, (rows, columns)),
    "box": lambda rng, rows, columns: rng.uniform(size=(rows, columns)),
    "skewed": lambda rng, rows, columns: np.exp(rng.normal(size=(rows, columns))),
    "ring": lambda rng, rows, columns: arc(rng, rows, columns, 2 * np.pi),
    "half a ring": lambda rng, rows, columns: arc(rng, rows, columns, np.pi),
    "pictures": spot,
}


def union(rng, rows, columns, apart=7.0, shares=(0.5, 0.3, 0.2)):
    """Normal clouds whose nearest middles are `apart` standard deviations apart."""
    kind = rng.choice(len(shares), rows, p=shares)
    middles = rng.normal(size=(len(shares), columns))
    nearest = min(np.linalg.norm(a - b) for i, a in enumerate(middles) for b in middles[:i])
    return middles[kind] * apart / nearest + rng.normal(size=(rows, columns)), kind


@pytest.mark.parametrize("shape", CLOUDS)
@pytest.mark.parametrize("columns", [2, 10, 20])
def test_one_cloud_of_any_shape_has_no_parts(shape, columns):
    found = [parts_of(CLOUDS[shape](np.random.default_rng(s), 300, columns)) for s in SEEDS]
    assert found == [None] * len(found)


@pytest.mark.parametrize("columns", [2, 10, 20])
def test_clouds_far_apart_are_found_as_they_were_made(columns):
    hits = 0
    for seed in SEEDS:
        x, kind = union(np.random.default_rng(seed), 400, columns)
        found = parts_of(x)
        if found is not None and found.count == 3:
            largest = [np.bincount(kind[found.labels == k]).max() for k in range(3)]
            hits += sum(largest) >= 0.98 * len(x)
    assert hits >= len(SEEDS) - 1


def test_other_rows_go_to_the_part_they_lie_in():
    x, kind = union(np.random.default_rng(0), 400, 5)
    found = parts_of(x[:300])
    where = found.of(x[300:])
    agree = [np.bincount(kind[300:][where == k]).max() for k in range(found.count)]
    assert sum(agree) >= 98


@pytest.mark.parametrize(
    "rows",
    [np.zeros((90, 4)), np.zeros((90, 0)), np.zeros((3, 4))],
    ids=["constant", "no columns", "few rows"],
)
def test_rows_that_do_not_differ_or_are_too_few_have_no_parts(rows):
    assert parts_of(rows) is None


def test_copies_of_four_rows_are_no_more_than_four_parts():
    found = parts_of(np.repeat(np.eye(4), 30, axis=0))
    assert found is None or 2 <= found.count <= 4


def planted(seed=0, missed=0.9, apart=8.0):
    """Class 1 is a union of three clouds, of whose smallest the model misses a share."""
    rng = np.random.default_rng(seed)
    x, kind = union(rng, 1200, 8, apart)
    y = np.repeat([0, 1], 600)
    x[:600] = rng.normal(size=(600, 8)) + 40  # one cloud far off
    made = np.where((y == 1) & (kind == 2) & (rng.random(1200) < missed), 0.0, y)
    order = rng.permutation(1200)
    x, y, made, kind = x[order].astype("float32"), y[order], made[order], kind[order]
    own = {
        "train": Own((made[:800, None].astype("float64"),)),
        "validation": Own((made[800:, None].astype("float64"),)),
    }
    return sampled(x[:800], y[:800], x[800:], y[800:], own=own), kind


def test_the_missed_part_of_a_union_is_found_with_its_recall():
    rows, kind = planted()
    found = {one.class_name: one for one in subclasses(Prepared(rows), plenty())}
    assert found["0"].rows == {}
    union_of = found["1"]
    assert (union_of.source, len(union_of.rows)) == ("clusters", 3)
    assert union_of.recalls["3"].high < 0.4
    assert union_of.recalls["1"].low > 0.9
    assert {int(kind[:800][i]) for i in union_of.examples["3"]} == {2}


def test_a_union_that_is_learned_has_high_recalls_in_every_part():
    (one,) = [s for s in subclasses(Prepared(planted(missed=0)[0]), plenty()) if s.rows]
    assert min(e.value for e in one.recalls.values()) == 1.0


def test_intervals_allow_for_all_parts_that_are_looked_at():
    (one,) = [s for s in subclasses(Prepared(planted(missed=0)[0]), plenty()) if s.rows]
    n = one.recalls["3"].n
    z = 2.3940  # the normal point of 5 % / 3, two-sided
    assert one.recalls["3"].low == pytest.approx(n / (n + z**2), abs=1e-4)


def test_sub_labels_that_are_given_take_the_place_of_clusters():
    rows, kind = planted()
    names = np.array(["walk", "run", "jump"])[kind]
    told = {"train": names[:800], "validation": names[800:]}
    given = Sampled(rows.tables, rows.tasks, rows.own, rows.stored_order, subclasses=told)
    found = {one.class_name: one for one in subclasses(Prepared(given), plenty())}
    assert {one.source for one in found.values()} == {"given"}
    assert found["1"].recalls["jump"].high < 0.4 < found["1"].recalls["run"].low
    assert sum(found["1"].rows.values()) == int((rows.tables["train"].y == 1).sum())


def without(rows, **changes):
    fields = {
        "tables": rows.tables, "tasks": rows.tasks, "own": rows.own,
        "stored_order": rows.stored_order,
    }  # fmt: skip
    return Sampled(**{**fields, **changes})


ROWS = planted()[0]
X = ROWS.tables["train"].x
NOT_FOR = {
    "predictions": without(ROWS, own={}),
    "there are no validation": without(ROWS, tables={"train": ROWS.tables["train"]}),
    "one class a row": without(
        ROWS,
        tasks=("regression",),
        tables={"train": table(X, X[:, 0]), "validation": ROWS.tables["validation"]},
    ),
    "training rows and": sampled(
        X[:60], np.arange(60) % 3, X[:24], np.arange(24) % 3,
        own={"validation": Own((np.eye(3)[np.arange(24) % 3],))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", NOT_FOR)
def test_where_it_does_not_apply_the_reason_is_plain(reason):
    assert reason in measure_rows(0, NOT_FOR[reason], 60).missing["subclasses"]


def test_equal_rows_of_several_classes_are_no_part_of_any():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(900, 8)), rng.integers(0, 2, 900)
    x[:, 0] += 9 * y
    x[rng.random(900) < 0.3] = 4.5  # a placeholder, whatever the class
    made = Own(((x[600:, :1] > 5).astype("float64"),))
    rows = sampled(x[:600], y[:600], x[600:], y[600:], own={"validation": made})
    assert [one.rows for one in subclasses(Prepared(rows), plenty())] == [{}, {}]


def test_rows_in_groups_that_are_alike_are_not_split():
    groups = np.repeat(np.arange(400), 2)
    with pytest.raises(NotApplicableError, match="groups"):
        subclasses(Prepared(ROWS), plenty(), groups)


def test_without_time_it_is_left_out():
    assert measure_rows(0, ROWS, 0).missing["subclasses"] == "no time left"


def test_it_is_the_same_each_time_and_leaves_random_states_alone():
    before = random.getstate(), np.random.get_state()[1].tobytes()
    first = subclasses(Prepared(ROWS), plenty())
    assert first == subclasses(Prepared(ROWS), plenty())
    assert before == (random.getstate(), np.random.get_state()[1].tobytes())


def test_a_thousand_rows_take_well_under_a_second():
    clock = Clock(60)
    subclasses(Prepared(ROWS), clock)
    assert clock.spent < 1.5
