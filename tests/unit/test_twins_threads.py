"""Parts are worked on side by side and come back in order; what fails or is over ends the rest."""

import threading
import time

import numpy as np
import pytest

from valgap.auditing.twins import laying, threads
from valgap.auditing.twins.comparison import compared
from valgap.auditing.twins.laying import laid_over
from valgap.auditing.twins.pairs import Pairs
from valgap.auditing.twins.space import space_of
from valgap.auditing.twins.thumbnails import levels

UPRIGHT = np.array([[1, 0, 0], [0, 1, 0]], np.float32)


@pytest.fixture(scope="module")
def grey():
    draw = np.random.default_rng(0)
    return draw.integers(0, 65000, (90, 1024)).astype(np.uint16)


@pytest.fixture(scope="module")
def pairs():
    x = np.repeat(np.arange(90), 10)
    return Pairs(x, (x + np.tile(np.arange(1, 11), 90)) % 90, np.tile(UPRIGHT, (900, 1, 1)))


def test_results_are_in_the_order_of_the_parts():
    def slower_first(part):
        time.sleep(0.02 * (3 - part))
        return part

    assert threads.each(slower_first, range(4)) == [0, 1, 2, 3]


def test_an_error_is_raised_and_what_has_not_begun_does_not_begin():
    begun = []

    def fails(part):
        begun.append(part)
        time.sleep(0.01)
        raise ValueError(part)

    with pytest.raises(ValueError, match="0"):
        threads.each(fails, range(500))
    assert len(begun) < 500
    assert not [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


@pytest.mark.parametrize("cores", [1, 3])
def test_it_comes_to_the_same_on_any_number_of_cores(grey, pairs, monkeypatch, cores):
    space = space_of(levels(grey), 16, 0.25, 0.5)
    alone, done = laid_over(grey, pairs, lambda: False)
    other = compared(grey, alone, space)
    monkeypatch.setattr(threads, "_cores", lambda: cores)
    again, also = laid_over(grey, pairs, lambda: False)
    assert done == also == len(pairs)
    np.testing.assert_array_equal(alone.maps, again.maps)
    np.testing.assert_array_equal(other.alike, compared(grey, again, space).alike)


def test_where_time_is_over_only_what_was_laid_before_counts(grey, pairs, monkeypatch):
    calls = iter(range(1000))
    monkeypatch.setattr(threads, "_cores", lambda: 1)
    monkeypatch.setattr(
        laying, "in_parts", lambda rows, _: (slice(i, i + 100) for i in range(0, rows, 100))
    )
    found, done = laid_over(grey, pairs, lambda: next(calls) >= 4)
    assert done == 400
    assert (found.maps[done:] == UPRIGHT).all()
    assert not (found.maps[:done] == UPRIGHT).all()


def test_where_no_time_is_left_nothing_is_laid(grey, pairs):
    found, done = laid_over(grey, pairs, lambda: True)
    assert done == 0
    assert (found.maps == UPRIGHT).all()
