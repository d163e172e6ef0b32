"""The import hook, tried on packages that are called keras, tensorflow and tf_keras."""

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path

import pytest

from valgap.errors import LegacyKerasError
from valgap.observe import where
from valgap.observe.hook import on_keras_import

NAMES = ("keras", "tensorflow", "tf_keras", "some_library")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A folder to put packages into, as a library's, and sys left as it was."""
    # With all they hold: TensorFlow aborts when a part of it is loaded a second time.
    kept = {n: sys.modules.pop(n) for n in [*sys.modules] if n.partition(".")[0] in NAMES}
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    finders = list(sys.meta_path)
    yield lambda name, source: _write(folder, name, source)
    sys.meta_path[:] = finders
    for name in [n for n in sys.modules if n.partition(".")[0] in NAMES]:
        del sys.modules[name]
    sys.modules.update(kept)


def _write(folder: Path, name: str, source: str) -> None:
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text(source)
    importlib.invalidate_caches()


def test_the_callback_is_given_keras_after_all_of_it_has_run(packages):
    packages("keras", "__version__ = '3.1'\n")
    seen = []
    on_keras_import(lambda keras: seen.append(keras.__version__))
    assert seen == []
    import keras

    assert seen == [keras.__version__] == ["3.1"]


def test_the_callback_is_called_at_once_when_keras_is_loaded_already(packages):
    packages("keras", "")
    import keras

    seen = []
    on_keras_import(seen.append)
    assert seen == [keras]


def test_keras_that_tensorflow_imports_is_seen_too(packages):
    packages("keras", "")
    packages("tensorflow", "import keras\n")
    seen = []
    on_keras_import(seen.append)
    import tensorflow

    assert seen == [tensorflow.keras]


def test_a_second_hook_set_from_the_callback_of_the_first_is_called_too(packages):
    packages("keras", "")
    seen = []
    on_keras_import(lambda keras: on_keras_import(seen.append))
    import keras

    assert seen == [keras]


def test_two_hooks_are_both_called_once(packages):
    packages("keras", "")
    first, second = [], []
    on_keras_import(first.append)
    on_keras_import(second.append)
    import keras

    importlib.reload(keras)
    assert first == second == [keras]


def test_looking_for_keras_without_importing_it_calls_nobody(packages):
    packages("keras", "")
    seen = []
    on_keras_import(seen.append)
    assert importlib.util.find_spec("keras") is not None
    assert seen == []
    assert "keras" not in sys.modules


def test_an_import_that_failed_may_be_tried_again(packages, tmp_path):
    packages("keras", "import missing_backend\n")
    seen = []
    on_keras_import(seen.append)
    with pytest.raises(ModuleNotFoundError):
        import keras
    (tmp_path / "site-packages/keras/__init__.py").write_text("# mended, and longer\n")
    import keras

    assert seen == [keras]


def test_an_uninstalled_hook_hears_nothing_and_leaves_no_finder(packages):
    packages("keras", "")
    finders = list(sys.meta_path)
    seen = []
    uninstall = on_keras_import(seen.append)
    uninstall()
    uninstall()
    import keras  # noqa: F401

    assert seen == []
    assert sys.meta_path == finders


def test_loader_and_spec_of_keras_are_those_of_a_plain_import(packages):
    packages("keras", "")
    on_keras_import(lambda keras: None)
    import keras

    assert type(keras.__spec__.loader).__name__ == "SourceFileLoader"
    assert "exec_module" not in vars(keras.__loader__)


@pytest.mark.parametrize("source", ["import missing_backend\n", "raise ValueError('no backend')\n"])
def test_the_traceback_of_a_failing_import_is_that_of_a_plain_import(packages, source):
    packages("keras", source)

    def text() -> str:
        try:
            import keras  # noqa: F401
        except Exception:
            return traceback.format_exc()
        return "imported"

    plain = text()
    on_keras_import(lambda keras: None)
    assert text() == plain


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_legacy_keras_by_variable_is_refused_before_the_start(packages, monkeypatch, value):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", value)
    with pytest.raises(LegacyKerasError, match=f"TF_USE_LEGACY_KERAS={value}"):
        on_keras_import(lambda keras: None)


def test_legacy_keras_switched_on_by_the_script_is_refused_at_tensorflow(packages, monkeypatch):
    packages("tensorflow", "")
    on_keras_import(lambda keras: None)
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    assert importlib.util.find_spec("tensorflow") is not None
    with pytest.raises(LegacyKerasError):
        import tensorflow  # noqa: F401


def test_the_variable_set_to_off_is_not_refused(packages, monkeypatch):
    packages("tensorflow", "")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    on_keras_import(lambda keras: None)
    import tensorflow  # noqa: F401


def test_tf_keras_imported_by_the_users_own_file_is_refused(packages):
    packages("tf_keras", "")
    on_keras_import(lambda keras: None)
    with pytest.raises(LegacyKerasError, match="tf_keras"):
        import tf_keras  # noqa: F401
    with pytest.raises(LegacyKerasError, match="tf_keras"):
        importlib.import_module("tf_keras")


def test_tf_keras_imported_by_a_library_is_let_through(packages, tmp_path, monkeypatch):
    monkeypatch.setattr(where, "_LIBRARIES", (*where._LIBRARIES, f"{tmp_path}/site-packages/"))
    packages("tf_keras", "")
    packages("some_library", "import tf_keras\n")
    on_keras_import(lambda keras: None)
    import some_library

    assert some_library.tf_keras is sys.modules["tf_keras"]


def test_keras_2_is_refused(packages):
    packages("keras", "__version__ = '2.15.0'\n")
    on_keras_import(lambda keras: None)
    with pytest.raises(LegacyKerasError, match=r"Keras 2\.15\.0"):
        import keras  # noqa: F401
