"""The mark by which a user's own pickles are known, and the key that makes it."""

import pickle
import stat
import subprocess
import sys

import pytest

from valgap.errors import UsageError
from valgap.evidence import signed
from valgap.evidence.signed import mark_of, refuse_foreign

PICKLE = pickle.dumps({"rows": list(range(100))}, protocol=5)
SIGN = (
    "import pathlib, sys; from valgap.evidence.signed import mark_of;"
    "pathlib.Path(sys.argv[1]).write_bytes(b'x' + mark_of(b'x'))"
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A user who has never used valgap: gives the folder of their settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    signed._key.cache_clear()
    yield tmp_path / "settings"
    signed._key.cache_clear()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "recipe.pkl"


def refused(file):
    with pytest.raises(UsageError, match="was not written by this user's valgap") as caught:
        refuse_foreign(file)
    assert "\n" not in str(caught.value)
    return True


@pytest.mark.parametrize("data", [PICKLE, b"", b"x" * (3 << 20)])
def test_what_bears_the_mark_is_ones_own_and_the_pickle_is_as_before(settings, file, data):
    file.write_bytes(data + mark_of(data))
    refuse_foreign(file)
    assert file.read_bytes().startswith(data)
    assert data != PICKLE or pickle.loads(file.read_bytes()) == pickle.loads(PICKLE)


def test_without_it_or_under_the_key_of_another_it_is_refused_unless_trusted(
    settings, file, tmp_path, monkeypatch
):
    file.write_bytes(PICKLE)
    assert refused(file)
    file.write_bytes(PICKLE + mark_of(PICKLE))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another"))
    signed._key.cache_clear()
    assert refused(file)
    refuse_foreign(file, trust=True)


def test_the_key_is_made_once_and_is_for_its_owner_alone(settings):
    mark_of(b"")
    (key,) = (settings / "valgap").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert len(set(before)) > 10
    signed._key.cache_clear()
    mark_of(b"")
    assert [p.read_bytes() for p in (settings / "valgap").iterdir()] == [before]


def test_processes_that_begin_at_once_have_one_key(settings, tmp_path):
    files = [tmp_path / str(i) for i in range(6)]
    started = [subprocess.Popen([sys.executable, "-c", SIGN, str(file)]) for file in files]
    assert [process.wait(60) for process in started] == [0] * len(files)
    assert len({file.read_bytes() for file in files}) == 1
    refuse_foreign(files[0])


def test_where_no_key_can_be_kept_a_process_knows_its_own_and_no_other_does(
    settings, file, tmp_path
):
    settings.write_text("a file stands in the way")
    file.write_bytes(PICKLE + mark_of(PICKLE))
    refuse_foreign(file)
    other = tmp_path / "other.pkl"
    subprocess.run([sys.executable, "-c", SIGN, str(other)], check=True)
    assert refused(other)


def test_an_empty_setting_stands_for_the_usual_place(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    mark_of(b"")
    assert (tmp_path / ".config" / "valgap" / "recipe.key").exists()


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_key_that_was_cut_short_makes_no_mark(settings, file, key):
    import hmac

    (settings / "valgap").mkdir(parents=True)
    (settings / "valgap" / "recipe.key").write_bytes(key)
    file.write_bytes(PICKLE + b"valgap-hmac-sha256:" + hmac.digest(key, PICKLE, "sha256"))
    assert refused(file)


def test_a_file_that_is_not_there_is_for_its_reader_and_one_that_cannot_be_read_is_refused(
    settings, file
):
    refuse_foreign(file)
    file.mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        refuse_foreign(file)
