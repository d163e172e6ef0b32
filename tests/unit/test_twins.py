"""Near duplicates of pictures: each kind is found, and sets of like pictures stay silent."""

import io
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits

from valgap.auditing.twins import twins_of

ROWS, COPIES, SIDE = 300, 20, 48


def drawn(rows=ROWS, side=SIDE, seed=0):
    """Blotches of three sizes on one common disc, as pictures of one kind are alike."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    disc = 60.0 * (x**2 + y**2 < 0.6)
    made = []
    for _ in range(rows):
        grey = 90 + disc
        for cells, depth in ((4, 30), (8, 25), (16, 15)):
            noise = Image.fromarray(rng.normal(size=(cells, cells)).astype(np.float32))
            grey = grey + depth * np.asarray(noise.resize((side, side), Image.Resampling.BICUBIC))
        made.append(clipped(grey))
    return made


def clipped(values):
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def encoded(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))


def resized(picture, side):
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))


CHANGES = {
    "exact": lambda p: p.copy(),
    "flip": lambda p: p[:, ::-1].copy(),
    "quarter turn": lambda p: np.rot90(p).copy(),
    "crop": lambda p: p[4:-1, 3:-4].copy(),
    "shift": lambda p: np.pad(p, ((0, 3), (4, 0)), mode="edge")[3:, :-4],
    "rotation": lambda p: np.asarray(Image.fromarray(p).rotate(7, Image.Resampling.BILINEAR)),
    "brightness": lambda p: clipped(p + 30.0),
    "contrast": lambda p: clipped((p - 100.0) * 0.7 + 120),
    "blur": lambda p: np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(1.0))),
    "noise": lambda p: clipped(p + np.random.default_rng(0).normal(0, 12, p.shape)),
    "resize": lambda p: resized(p, 30),
    "JPEG": encoded,
}
# The kinds that take unlike ways through the search; the others take seconds each, in test-all.
QUICK = ("exact", "quarter turn", "shift", "blur")
SOME = [k if k in QUICK else pytest.param(k, marks=pytest.mark.long) for k in CHANGES]
# What else a change may be called by right: a crop that is enlarged again is of another size.
ALSO = {"noise": {"JPEG"}, "JPEG": {"noise"}}


def told(pairs):
    return {(pair.first, pair.second) for pair in pairs}


@cache
def found_of(kind):
    pictures = drawn()
    return twins_of(pictures + [CHANGES[kind](picture) for picture in pictures[:COPIES]])


@pytest.mark.parametrize("kind", SOME)
def test_copies_are_found_and_nothing_else(kind):
    assert told(found_of(kind).pairs) == {(i, ROWS + i) for i in range(COPIES)}


@pytest.mark.parametrize("kind", SOME)
def test_the_kind_of_a_change_is_told(kind):
    right = [pair for pair in found_of(kind).pairs if pair.kind in {kind} | ALSO.get(kind, set())]
    assert len(right) >= 0.8 * COPIES


@pytest.mark.parametrize("kind", ["exact", "flip", "quarter turn", "brightness", "JPEG"])
def test_the_fast_pass_finds_what_needs_no_registration(kind):
    pictures = drawn()
    copies = [CHANGES[kind](picture) for picture in pictures[:COPIES]]
    found = twins_of(pictures + copies, thorough=False)
    assert told(found.pairs) == {(i, ROWS + i) for i in range(COPIES)}


def test_pictures_that_are_alike_are_no_twins():
    digits = list((load_digits().images[::3] * 15).astype(np.uint8))
    found = twins_of(digits)
    assert len(found.pairs) <= 0.005 * len(digits)


def test_independent_pictures_are_no_twins():
    assert twins_of(drawn(seed=1)).pairs == ()


def test_more_copies_than_neighbours_are_held_against_are_found():
    pictures = drawn(100)
    copies = [
        CHANGES[kind](pictures[0]) for kind in ("JPEG", "noise", "brightness", "blur", "flip")
    ]
    found = twins_of(pictures + copies)
    assert told(found.pairs) >= {(0, 100 + i) for i in range(5)}
    assert all(second >= 100 for _, second in told(found.pairs))


def test_colour_pictures_of_many_sizes_are_read():
    pictures = [np.stack([p, p // 2, p // 3], axis=-1) for p in drawn(60)]
    copies = [np.repeat(np.repeat(p, 2, axis=0), 3, axis=1) for p in pictures[:5]]
    assert told(twins_of(pictures + copies).pairs) == {(i, 60 + i) for i in range(5)}


def test_a_sheared_picture_is_no_twin():
    pictures = drawn()
    oblique = [
        np.asarray(
            Image.fromarray(p).transform(p.shape, Image.Transform.AFFINE, (1, 0.2, -5, 0, 1, 0))
        )
        for p in pictures[:COPIES]
    ]
    assert len(twins_of(pictures + oblique).pairs) <= 0.1 * COPIES


def test_wide_pictures_that_are_rotated_a_little_are_found():
    wide = [p[12:36] for p in drawn()]
    turned = [CHANGES["rotation"](picture) for picture in wide[:COPIES]]
    found = twins_of(wide + turned)
    assert len(told(found.pairs) & {(i, ROWS + i) for i in range(COPIES)}) >= 0.9 * COPIES
    assert all(second >= ROWS for _, second in told(found.pairs))


def test_a_moved_copy_is_no_twin_of_all_that_share_its_frame():
    rng = np.random.default_rng(0)
    plate = 120 + 60.0 * (np.indices((192, 192))[0] % 64 < 8)
    plates = [clipped(plate + rng.normal(0, 12, plate.shape)) for _ in range(60)]
    moved = [np.pad(p, ((6, 0), (0, 9)), mode="edge")[:-6, 9:] for p in plates[:8]]
    assert told(twins_of(plates + moved).pairs) == {(i, 60 + i) for i in range(8)}


def test_what_differs_in_colour_only_is_no_twin():
    pictures = [np.stack([p, p // 2, p // 3], axis=-1) for p in drawn(60)]
    other = [picture[..., [1, 0, 2]] for picture in pictures[:5]]
    assert twins_of(pictures + other).pairs == ()


def test_pairs_across_are_those_of_two_splits():
    pictures = drawn(60)
    splits = ["train"] * 60 + ["train", "test"]
    found = twins_of([*pictures, encoded(pictures[0]), encoded(pictures[1])], splits)
    assert told(found.pairs) == {(0, 60), (1, 61)}
    assert told(found.across) == {(1, 61)}


def test_an_equal_picture_of_the_same_split_hides_no_pair_across():
    pictures = drawn(60)
    splits = ["test", *["train"] * 59, "train", "train", "test"]
    found = twins_of([*pictures, pictures[0], encoded(pictures[3]), pictures[0]], splits)
    assert told(found.across) == {(0, 60), (60, 62)}


def test_blank_pictures_are_noted_and_told_where_equal():
    blank = [np.full((20, 20), level, np.uint8) for level in (0, 0, 9)]
    found = twins_of(drawn(60) + blank)
    assert told(found.pairs) == {(60, 61)}
    assert found.notes == ("3 pictures show nothing but one grey: only equal ones are told",)


def test_time_that_is_over_is_noted():
    found = twins_of(drawn(60), seconds=0)
    assert "time was over after 0 of" in found.notes[-1]


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_few_pictures_are_compared_for_equality_only(rows):
    pictures = drawn(5)[:rows]
    found = twins_of(pictures + pictures[:1])
    assert len(found.pairs) == min(rows, 1)
    assert "near twins take 20 unlike pictures" in found.notes[0]


def test_pictures_are_read_one_after_the_other():
    found = twins_of(iter([*drawn(40), drawn(40)[3]]))
    assert told(found.pairs) == {(3, 40)}
