"""Which epochs' weights are kept, within bounds."""

import numpy as np
import pytest

from valgap.observe import weights as room
from valgap.observe.weights import WeightKeeper

ALWAYS = 1e9  # seconds of a fit so long that writing never takes its share


class Disk:
    def __init__(self, most=None):
        self.files = {}
        self.written = []
        self.most_at_once = 0

    def write(self, name, arrays):
        self.files[name] = [a.copy() for a in arrays]
        self.written.append(name)
        self.most_at_once = max(self.most_at_once, len(self.files))
        return name

    def drop(self, name):
        del self.files[name]


def keeper_on(disk):
    return WeightKeeper(write=disk.write, drop=disk.drop)


def epoch_weights(epoch):
    return [np.full(3, epoch, dtype="float32")]


def run(figures, so_far=ALWAYS, swapped=False):
    disk = Disk()
    keeper = keeper_on(disk)
    for epoch, figure in enumerate(figures):
        other = [np.full(3, -epoch, dtype="float32")] if swapped else None
        keeper.offer(epoch, epoch_weights(epoch), figure, so_far, other)
    keeper.flush()
    return keeper, disk


def test_every_epoch_is_kept_where_there_is_room():
    keeper, disk = run([3.0, 2.0, 1.0, 4.0])
    assert sorted(keeper.kept) == [0, 1, 2, 3]
    assert disk.files["epoch-00002"][0][0] == 2


@pytest.mark.parametrize("seed", range(5))
def test_last_best_and_worst_are_kept_of_a_long_fit_whatever_its_course(seed):
    figures = np.random.default_rng(seed).normal(size=300)
    keeper, disk = run(figures.tolist())
    assert {299, int(np.argmin(figures)), int(np.argmax(figures))} <= set(keeper.kept)
    assert set(disk.files) == set(keeper.kept.values())


def test_no_more_epochs_are_kept_than_the_bound():
    keeper, disk = run([1.0] * 500)
    assert len(keeper.kept) <= room.MOST_EPOCHS
    assert disk.most_at_once <= room.MOST_EPOCHS + 1


def test_kept_epochs_cover_the_whole_fit():
    keeper, _ = run([1.0] * 200)
    kept = sorted(keeper.kept)
    assert kept[0] == 0
    assert kept[-1] == 199
    assert max(np.diff(kept)) <= 40


def test_large_weights_are_kept_of_few_epochs(monkeypatch):
    monkeypatch.setattr(room, "MOST_BYTES", 6 * 12)  # six epochs of three floats
    keeper, disk = run([1.0, *range(20, 80)])
    assert len(keeper.kept) <= 6
    assert {0, 60} <= set(keeper.kept)
    assert set(disk.files) == set(keeper.kept.values())


def test_nothing_but_the_leading_and_the_last_is_written_once_writing_took_its_share():
    disk = Disk()
    keeper = keeper_on(disk)
    keeper._spent = 1.0
    for epoch, figure in enumerate([5.0, 5.0, 5.0, 1.0, 2.0, 2.0, 9.0, 2.0, 2.0]):
        keeper.offer(epoch, epoch_weights(epoch), figure, 1.0)
    keeper.flush()
    assert sorted(keeper.kept) == [0, 3, 6, 8]


def test_figures_that_are_no_numbers_lead_nothing():
    keeper, _ = run([float("nan"), 2.0, float("inf"), None, 3.0])
    assert (keeper.best_epoch, keeper.worst_epoch) == (1, 4)


def test_weights_an_epoch_was_evaluated_with_are_kept_and_dropped_with_it():
    keeper, disk = run([1.0] * 200, swapped=True)
    assert set(keeper.swapped) == set(keeper.kept)
    assert set(disk.files) == {*keeper.kept.values(), *keeper.swapped.values()}
    assert len(disk.files) <= 2 * room.MOST_EPOCHS


def test_nothing_is_written_of_a_fit_without_epochs():
    keeper, disk = run([])
    assert keeper.kept == {}
    assert disk.files == {}
