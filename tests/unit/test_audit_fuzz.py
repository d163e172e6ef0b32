"""Whatever bytes a file holds, it is read, or refused in one line."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from valgap.auditing.sources.find import dataset_at
from valgap.auditing.wishes import Wishes
from valgap.errors import UsageError

HURRIED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def saved(ending: str) -> bytes:
    file = io.BytesIO()
    x = np.arange(60, dtype=np.float32).reshape(20, 3)
    if ending == "npz":
        np.savez(file, x=x, y=np.arange(20) % 2)
    elif ending == "npy":
        np.save(file, x)
    elif ending == "csv":
        rows = "".join(f"{i},{i / 3},{'ab'[i % 2]}\n" for i in range(20))
        file.write(f"u,v,label\n{rows}".encode())
    else:
        Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(file, ending)
    return file.getvalue()


def damaged(whole: bytes, edits: list[tuple[int, int]], cut: int) -> bytes:
    body = bytearray(whole)
    for place, value in edits:
        body[place % len(body)] = value
    return bytes(body[: len(body) - cut % len(body)])


EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8)


def refused(path) -> str:
    """Why a file is refused; nothing where it is read."""
    try:
        found = dataset_at(path, Wishes())
        found.reader.read(np.arange(found.rows))
    except UsageError as reason:
        return str(reason)
    return ""


def read_whole(path) -> None:
    reason = refused(path)
    assert "\n" not in reason
    assert len(reason) < 400


@pytest.mark.parametrize("ending", ["npz", "npy", "csv"])
def test_a_damaged_file_is_read_or_refused(tmp_path, ending):
    whole = saved(ending)

    @HURRIED
    @given(EDITS, st.integers(0, 10_000))
    def any_damage(edits, cut):
        (tmp_path / f"d.{ending}").write_bytes(damaged(whole, edits, cut))
        read_whole(tmp_path / f"d.{ending}")

    any_damage()


@pytest.mark.parametrize("ending", ["png", "jpeg", "gif", "bmp", "tiff", "webp"])
def test_a_damaged_picture_is_a_row_or_none(tmp_path, ending):
    whole = saved(ending)
    (tmp_path / "whole.png").write_bytes(saved("png"))

    @HURRIED
    @given(EDITS, st.integers(0, 10_000))
    def any_damage(edits, cut):
        (tmp_path / f"a.{ending}").write_bytes(damaged(whole, edits, cut))
        found = dataset_at(tmp_path, Wishes())
        block = found.reader.read(np.arange(found.rows))
        assert len(block.looks) == 2
        assert len(block.x) == block.whole.sum() == len(block.digests) >= 1

    any_damage()


@HURRIED
@given(st.text(max_size=200), st.sampled_from(["csv", "tsv", "txt"]))
def test_any_text_as_a_table_is_read_or_refused(tmp_path, text, ending):
    (tmp_path / f"t.{ending}").write_text(text, encoding="utf-8")
    read_whole(tmp_path / f"t.{ending}")


def test_an_archive_with_a_strange_member_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("../x.npy", saved("npy"))
        archive.writestr("y.txt", "no array")
    read_whole(tmp_path / "d.npz")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.npz"]
