import numpy as np
import pytest

from valgap.observe.sources.base import SourceUnreadableError
from valgap.observe.sources.taps import Tap


def stream(count: int, first: int = 0):
    for i in range(first, first + count):
        yield np.full((4, 2), i), np.full(4, i)


def passing(tap: Tap, batches) -> list[int]:
    return [int(x[0, 0]) for x, _ in tap.watched(batches)]


def numbers(tap: Tap, epoch: int | None = None) -> list[int]:
    return [int(x[0, 0]) for x, _, _ in tap.table(1000, epoch).batches()]


def test_what_passes_is_neither_changed_nor_reordered_nor_run_ahead():
    tap = Tap(steps=None, validation=False)
    source = stream(5)
    watched = tap.watched(source)
    assert int(next(watched)[0][0, 0]) == 0
    assert int(next(source)[0][0, 0]) == 1
    assert [int(x[0, 0]) for x, _ in watched] == [2, 3, 4]


def test_an_endless_stream_is_cut_into_epochs_although_it_runs_ahead():
    tap = Tap(steps=3, validation=False)
    watched = tap.watched(stream(100))
    for _ in range(5):
        next(watched)
    tap.epoch_ended(0, ())
    assert numbers(tap, 0) == [0, 1, 2]
    for _ in range(3):
        next(watched)
    tap.epoch_ended(1, ())
    assert numbers(tap, 1) == [3, 4, 5]


@pytest.mark.parametrize("steps", [None, 3])
def test_a_batch_that_keras_builds_the_model_with_is_of_no_epoch(steps):
    tap = Tap(steps=steps, validation=False)
    building = tap.watched(stream(3))
    next(building)
    building.close()
    passing(tap, stream(3))
    tap.epoch_ended(0, ())
    assert numbers(tap, 0) == [0, 1, 2]


def test_of_an_evaluation_only_its_steps_count():
    tap = Tap(steps=2, validation=True)
    passing(tap, stream(5))
    tap.epoch_ended(0, ())
    assert numbers(tap, 0) == [0, 1]


def test_epochs_asked_for_are_kept_and_others_let_go():
    tap = Tap(steps=2, validation=True)
    for epoch in range(4):
        passing(tap, stream(2, first=10 * epoch))
        tap.epoch_ended(epoch, {1})
    assert numbers(tap, 1) == [10, 11]
    assert numbers(tap, 3) == [30, 31]
    assert set(tap._of_epoch) == {1, 3}


def test_an_epoch_without_an_evaluation_has_no_rows_of_its_own():
    tap = Tap(steps=2, validation=True)
    passing(tap, stream(2))
    tap.epoch_ended(0, {0})
    tap.epoch_ended(1, {0})
    assert set(tap._of_epoch) == {0}


def test_the_fullest_epoch_is_given_where_none_is_named():
    tap = Tap(steps=None, validation=False)
    passing(tap, stream(6))
    tap.epoch_ended(0, {0})
    passing(tap, stream(2))
    tap.epoch_ended(1, {0})
    assert numbers(tap) == [0, 1, 2, 3, 4, 5]
    assert tap.rows() == 24


def test_ids_of_different_epochs_are_different_rows():
    tap = Tap(steps=2, validation=True)
    for epoch in range(2):
        passing(tap, stream(2))
        tap.epoch_ended(epoch, {0})
    assert not set(tap.table(99, 0).ids) & set(tap.table(99, 1).ids)


def test_windows_that_nobody_names_do_not_pile_up():
    tap = Tap(steps=1, validation=False)
    passing(tap, stream(500))
    assert len(tap._unnamed) == 8


def test_large_rows_make_the_sample_smaller(monkeypatch):
    monkeypatch.setattr("valgap.observe.sources.taps.SAMPLE_BYTES", 1000)
    tap = Tap(steps=None, validation=False)
    passing(tap, stream(100))
    table = tap.table(1000)
    assert table.x.nbytes + table.y.nbytes <= 1000
    assert "sample" in table.note


def test_a_smaller_limit_cuts_whole_batches():
    tap = Tap(steps=None, validation=False)
    passing(tap, stream(10))
    assert tap.table(10).sizes == (4, 4)
    assert tap.table(3).sizes == (3,)


def test_nothing_seen_is_said():
    with pytest.raises(SourceUnreadableError, match="no rows"):
        Tap(steps=None, validation=False).table(10)


def test_a_released_tap_keeps_one_epoch_where_all_take_too_much(monkeypatch):
    tap = Tap(steps=2, validation=True)
    for epoch in range(3):
        passing(tap, stream(2, first=10 * epoch))
        tap.epoch_ended(epoch, {0, 1})
    tap.release()
    assert set(tap._of_epoch) == {0, 1, 2}
    monkeypatch.setattr("valgap.observe.sources.taps.SAMPLE_BYTES", 100)
    tap.release()
    assert numbers(tap) == [20, 21]
