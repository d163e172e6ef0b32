"""Windows that overlap are kept together, as far as they can be told and parted."""

import numpy as np
import pytest

from valgap.ledger.probes.rows.steps import sharing_steps
from valgap.treatment.windows import APART, TORN, windows_together


def cut(recordings, *, length=200, step=20, decimals=4):
    """Windows of recordings, shuffled, and which recording each is of."""
    rng = np.random.default_rng(0)
    made, of = [], []
    for number in range(recordings):
        series = rng.normal(size=(length, 3)).round(decimals)
        starts = range(0, length - 40 + 1, step)
        made += [series[i : i + 40] for i in starts]
        of += [number] * len(starts)
    order = rng.permutation(len(made))
    return np.stack(made)[order].astype("float32"), np.array(of)[order]


def same(groups, of):
    pairs = np.unique(np.stack([groups, of]), axis=1).shape[1]
    return pairs == len(np.unique(groups)) == len(np.unique(of))


@pytest.mark.parametrize("decimals", [4, 1])
def test_windows_of_a_recording_are_one_group(decimals):
    x, of = cut(30, decimals=decimals)
    assert same(sharing_steps(x), of)


def test_windows_without_an_overlap_are_no_groups():
    assert sharing_steps(cut(30, step=40)[0]) is None


def test_steps_of_few_values_and_padding_join_nothing():
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 2, (300, 20, 1)).astype("float32")
    padded = rng.normal(size=(300, 40, 2)).astype("float32")
    padded[:, 20:] = 0
    flat = np.repeat(rng.normal(size=(300, 1, 2)), 40, axis=1).astype("float32")
    flat[1::2] = flat[::2]  # sensors at rest, twice the same
    assert [sharing_steps(x) for x in (counts, padded, flat)] == [None] * 3


def test_a_study_keeps_recordings_together_and_says_so():
    x, of = cut(60)
    groups, note = windows_together({"a": x}, of % 3, "classes")
    assert same(groups, of)
    assert note == APART.format(60)


def test_windows_of_few_recordings_cannot_be_parted_and_that_is_said():
    x, of = cut(3, length=2000)
    assert windows_together(x, of % 3, "classes") == (None, TORN)


def test_pictures_and_tables_are_no_windows():
    rng = np.random.default_rng(0)
    for x in (rng.normal(size=(90, 6)), rng.random((90, 8, 8, 1))):
        assert windows_together(x, np.arange(90) % 2, "classes") == (None, None)
