"""What two pictures may differ by and still be alike: blur, cut-off light, a hair's shift."""

import numpy as np
import pytest

from valgap.auditing.twins.changed import (
    BLURS,
    LARGEST_NUDGE,
    Seen,
    alike_blurred,
    alike_cut,
    nudged,
)
from valgap.auditing.twins.registration import as_interpolated, warped
from valgap.auditing.twins.smoothing import blurred
from valgap.auditing.twins.space import cosines, space_of, unit

SIDE, ROWS = 32, 200
UPRIGHT = np.array([[1, 0, 0], [0, 1, 0]], np.float32)


@pytest.fixture(scope="module")
def pictures():
    """Blotches of some cells' width, on which a thin dark line lies."""
    noise = np.random.default_rng(0).normal(size=(ROWS, SIDE**2)).astype(np.float32)
    made = 120 + 120 * blurred(noise, 1.5)
    made.reshape(-1, SIDE, SIDE)[:, 10] -= 40
    return np.clip(made, 0, 255)


@pytest.fixture(scope="module")
def seen(pictures):
    space = space_of(pictures, 64, 0.25, 0.5)
    inside = np.ones((ROWS, SIDE**2), bool)
    return Seen(inside, np.tile(space.weights, (ROWS, 1)), space)


def alike(x, y, seen):
    return cosines(seen.place(x), unit(seen.place(y)))


@pytest.mark.parametrize("width", [0.4, 1.0, 2.0])
def test_a_blur_between_those_that_are_tried_is_found(pictures, seen, width):
    other = blurred(pictures, width)
    found, level = alike_blurred(seen.placed(pictures), seen.placed(other), seen)
    assert (1 - found < 0.2 * (1 - alike(pictures, other, seen))).mean() > 0.95
    wider = 1 + np.searchsorted(BLURS, width)
    assert np.median(level) == wider


def test_blur_explains_no_noise(pictures, seen):
    noisy = pictures + np.random.default_rng(1).normal(0, 3, pictures.shape).astype(np.float32)
    found, _ = alike_blurred(seen.placed(pictures), seen.placed(noisy), seen)
    assert (1 - found > 0.35 * (1 - alike(pictures, noisy, seen))).mean() > 0.95


def test_light_that_is_cut_off_at_white_is_the_same_picture(pictures, seen):
    bright = np.clip(1.4 * (pictures + 60), 0, 255)
    before = alike(bright, pictures, seen)
    after = alike_cut(seen.placed(bright), seen.placed(pictures), seen)
    assert before.mean() < 0.98
    assert after.min() > 0.995


def test_another_picture_is_not_made_alike_by_cutting_it_off(pictures, seen):
    bright, other = np.clip(1.4 * (pictures + 60), 0, 255), np.roll(pictures, 1, axis=0)
    assert alike_cut(seen.placed(bright), seen.placed(other), seen).max() < 0.9


def moved(rows, cells):
    """Pictures under the map that shows what lies some cells further right."""
    to = np.tile(UPRIGHT, (len(rows), 1, 1))
    to[:, 0, 2] = 2 * cells / SIDE
    return warped(rows, to)[0], to


def test_what_registration_left_is_taken_away(pictures, seen):
    y, _ = moved(pictures, -0.1)
    before = alike(pictures, y, seen)
    after = alike(pictures, nudged(seen.placed(pictures), seen.placed(y), seen).grey, seen)
    assert (1 - after < 0.5 * (1 - before)).mean() > 0.95


def test_a_nudge_is_small_whatever_it_would_bring(pictures, seen):
    y, _ = moved(pictures, -2)
    slopes = np.gradient(y.reshape(-1, SIDE, SIDE), axis=(2, 1))
    most = LARGEST_NUDGE * sum(np.abs(slope) for slope in slopes).reshape(y.shape)
    found = nudged(seen.placed(pictures), seen.placed(y), seen).grey
    assert (np.abs(found - y) <= most + 1e-3).all()


def test_a_picture_is_as_smooth_as_one_between_whose_cells_the_other_lies(pictures):
    fine = pictures.repeat(2, axis=1)[:, : SIDE**2]  # any other content
    for rows in (pictures, fine):
        y, to = moved(rows, 0.5)
        back, _ = moved(y, -0.5)  # now smoothed twice by half a cell, and in place again
        smooth = as_interpolated(as_interpolated(rows, to), to)
        middle = np.s_[:, 4 * SIDE : -4 * SIDE]
        assert np.abs(smooth - back)[middle].mean() < 0.3 * np.abs(rows - back)[middle].mean()


def test_whole_cells_are_not_smoothed(pictures):
    _, to = moved(pictures, 1)
    assert as_interpolated(pictures, to) == pytest.approx(pictures, abs=0.05)
