"""All of it together: what is missing is said, and nothing is ever raised or disturbed."""

import json
import random

import numpy as np
import pytest
from planted_rows import blobs, sampled, table

from valgap.evidence.codec import decode, encode
from valgap.evidence.rows import RowsRecord
from valgap.ledger.probes.rows.measure import measure_rows
from valgap.ledger.probes.sampled import Own, Sampled

PARTS = ("inputs", "targets", "references", "neighbours", "drift", "label_noise", "subclasses")
X, Y = blobs(90)
XV, YV = X[60:], Y[60:]
X, Y = X[:60], Y[:60]
NAN = np.where(np.arange(60)[:, None] % 7 == 0, np.nan, X)
RNG = np.random.default_rng(0)


def test_of_healthy_rows_every_part_is_there():
    found = measure_rows(4, sampled(X, Y, XV, YV), 60)
    assert found.fit == 4
    assert set(found.missing) <= {"label_noise", "minirocket", "subclasses"}
    assert all(getattr(found, part) for part in PARTS[:-2])
    assert found.seconds > 0


DAMAGED = {
    "no tables": Sampled({}, ()),
    "no rows": sampled(X[:0], Y[:0], XV[:0], YV[:0]),
    "one row": sampled(X[:1], Y[:1], XV[:1], YV[:1]),
    "no validation": sampled(X, Y),
    "only validation": Sampled({"validation": table(XV, YV)}, ("multiclass",)),
    "no targets": Sampled({"train": table(X, None), "validation": table(XV, None)}, ()),
    "constant inputs": sampled(X * 0 + 3, Y, XV * 0 + 3, YV),
    "constant targets": sampled(X, Y * 0, XV, YV * 0),
    "nan in inputs": sampled(NAN, Y, XV, YV),
    "nan alone": sampled(X * np.nan, Y, XV * np.nan, YV),
    "nan in targets": sampled(X, np.where(Y == 1, np.nan, Y), XV, YV),
    "nan targets alone": sampled(X, Y * np.nan, XV, YV * np.nan),
    "huge": sampled(X.astype(float) * 1e300, Y, XV.astype(float) * 1e300, YV),
    "huge targets": sampled(X, X[:, :1].astype(float) * 1e200, XV, XV[:, :1].astype(float) * 1e200),
    "tiny": sampled(X * np.float32(1e-30), Y, XV * np.float32(1e-30), YV),
    "text": sampled(X.astype(str), Y.astype(str), XV.astype(str), YV.astype(str)),
    "objects": sampled(X.astype(object), Y, XV.astype(object), YV),
    "other widths": sampled(X, Y, XV[:, :2], YV),
    "other names": sampled({"a": X}, Y, {"b": XV}, YV),
    "other targets": sampled(X, Y, XV, XV),
    "no width": sampled(X[:, :0], Y, XV[:, :0], YV),
    "scalars": sampled(X[:, 0], Y, XV[:, 0], YV),
    "one pixel": sampled(X[:, None, None, :3], Y, XV[:, None, None, :3], YV),
    "one step": sampled(X[:, None], Y, XV[:, None], YV),
    "six axes": sampled(RNG.normal(size=(30, 2, 1, 2, 1, 2)), Y[:30]),
    "masks": sampled(RNG.normal(size=(30, 8, 8, 1)), RNG.integers(0, 2, (30, 8, 8, 1))),
    "itself": sampled(X, X, XV, XV),
    "a class a row": sampled(X, np.arange(60), XV, np.arange(30)),
    "copies": sampled(np.repeat(X[:3], 20, axis=0), np.repeat(Y[:3], 20), XV, YV),
    "wrong task": Sampled({"train": table(X, X)}, ("multiclass",)),
    "wrong own": sampled(
        X, Y, XV, YV, own={"train": Own((X[:5],)), "validation": Own((XV * np.nan,))}
    ),
    "nested": sampled((X, [X[:, :1]]), (Y, X[:, :1]), (XV, [XV[:, :1]]), (YV, XV[:, :1])),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_gives_reasons_of_one_line_and_a_record_that_can_be_kept(name):
    found = measure_rows(0, DAMAGED[name], 60)
    for part in PARTS:
        assert getattr(found, part) or found.missing[part]
    for reason in found.missing.values():
        assert 0 < len(reason) <= 120
        assert "\n" not in reason
        assert "Error" not in reason  # nothing broke: each case is one that is met
    assert isinstance(decode(RowsRecord, json.loads(json.dumps(encode(found)))), RowsRecord)


def test_a_part_that_breaks_does_not_take_the_others_with_it(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("valgap.ledger.probes.rows.measure.drift", broken)
    found = measure_rows(0, sampled(X, Y, XV, YV), 60)
    assert found.missing["drift"] == "ZeroDivisionError: a b"
    assert found.references is not None


def test_without_time_every_part_says_so():
    found = measure_rows(0, sampled(X, Y, XV, YV), 0)
    assert found.missing == dict.fromkeys(PARTS, "no time left")


def test_time_that_runs_out_ends_the_parts_that_are_left():
    x, y = RNG.normal(size=(1500, 40, 40, 1)), RNG.integers(0, 3, 1500)
    found = measure_rows(0, sampled(x, y, x[:700], y[:700]), 0.05)
    assert found.missing["drift"] == "no time left"
    assert found.inputs


def test_the_same_rows_give_the_same_record():
    one, other = (measure_rows(0, sampled(X, Y, XV, YV), 60) for _ in range(2))
    kept = [encode(found) for found in (one, other)]
    for record in kept:
        record["seconds"] = record["references"]["seconds"] = 0.0
    assert kept[0] == kept[1]


def test_global_random_states_and_the_rows_are_left_as_they_were():
    x, y = X.copy(), Y.copy()
    states = random.getstate(), np.random.get_state()[1].tolist()
    measure_rows(0, sampled(x, y, XV, YV), 60)
    assert states == (random.getstate(), np.random.get_state()[1].tolist())
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)


def test_rows_as_fed_are_recorded_beside_the_clean_ones():
    found = measure_rows(0, sampled(X, Y, XV, YV), 60, fed={"validation": table(XV * 9, YV)})
    train, validation = found.inputs
    assert train.fed_std is None
    assert validation.fed_std == pytest.approx(9 * validation.std, rel=1e-5)
