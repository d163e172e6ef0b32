"""Groups are read from names only where rows of one group are alike."""

import numpy as np
import pytest
from audit_made import audited, picture, write_picture

from valgap.auditing.dataset import Arrays, Dataset
from valgap.auditing.groups import proposed
from valgap.auditing.scan import scan


def dataset(names, x, labels=None, **more):
    return Dataset("arrays", "made", len(x), Arrays((x,)), labels, names=tuple(names), **more)


def found_in(made):
    return proposed(made, scan(made, np.arange(made.rows)))


def scenes(count=12, frames=8, seed=0):
    """Rows of scenes, those of one scene alike."""
    rng = np.random.default_rng(seed)
    middle = np.repeat(rng.normal(0, 4, (count, 16)), frames, axis=0)
    return middle + rng.normal(0, 0.5, middle.shape)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cat/{scene}_{frame:04d}.png", "file names"),
        ("cat/p{scene}/{frame}.png", "folders"),
        ("cat/p{scene}_cam{camera}_{frame}.png", "file names"),
        ("cat/p{scene}-{frame}a.png", "the starts of file names"),
    ],
)
def test_a_key_in_the_names_is_found(name, source):
    names = [name.format(scene=i // 8, frame=i % 8, camera=i // 8 % 2) for i in range(96)]
    groups, told, note = found_in(dataset(names, scenes()))
    assert told == source
    assert len(set(groups.tolist())) == 12
    assert "groups read from" in note
    assert "times as often as by chance" in note


def test_names_whose_groups_are_not_alike_make_no_groups():
    names = [f"cat/s{i // 8}_{i % 8}.png" for i in range(96)]
    x = np.random.default_rng(0).normal(size=(96, 16))
    assert found_in(dataset(names, x)) is None


@pytest.mark.parametrize("seed", range(20))
def test_random_keys_are_never_taken_for_groups(seed):
    rng = np.random.default_rng(seed)
    names = [f"cat/s{rng.integers(12)}_{i}.png" for i in range(96)]
    assert found_in(dataset(names, scenes(seed=seed))) is None


def test_classes_by_another_name_are_no_groups():
    labels = np.repeat(np.arange(12), 8)
    names = [f"cat/s{i // 8}_{i % 8}.png" for i in range(96)]
    assert found_in(dataset(names, scenes(), labels)) is None


def test_numbered_names_and_names_that_are_all_different_make_no_groups():
    assert found_in(dataset([f"cat/{i:05d}.png" for i in range(96)], scenes())) is None
    assert (
        found_in(dataset([f"cat/{chr(97 + i % 26)}{i}z.png" for i in range(96)], scenes())) is None
    )


def test_groups_of_names_stand_in_findings_and_splits(tmp_path):
    rng = np.random.default_rng(0)
    for scene in range(24):
        first = picture(rng, scene % 2).astype(float)
        for frame in range(8):
            pixels = np.clip(first + rng.normal(0, 2, first.shape), 0, 255).astype("uint8")
            name = f"{('cat', 'dog')[scene % 2]}/scene{scene:02d}_{frame}.png"
            write_picture(tmp_path / "data" / name, pixels)
    found = audited(tmp_path, tmp_path / "data", seconds=20.0)
    told = next(f for f in found.diagnosis.findings if f.code == "DAT103")
    assert "groups of file names stand in training and in validation" in told.message
    made = found.split()
    scene_of = [name.split("/")[1][:7] for name in made.names]
    assert len(set(zip(scene_of, made.parts.tolist(), strict=True))) == 24
