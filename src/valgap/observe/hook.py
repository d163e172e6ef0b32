"""Hears of Keras being imported, by whichever name and on whichever backend.

Keras is never imported from here, and what is not Keras 3 is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType

from valgap.errors import LegacyKerasError
from valgap.observe.frames import users_own_import
from valgap.observe.imports import Run, Seen, on_import

LEGACY_VARIABLE = "TF_USE_LEGACY_KERAS"
_LEGACY_VALUES = ("true", "True", "1")  # as tensorflow/__init__.py reads it


def on_keras_import(callback: Seen) -> Callable[[], None]:
    """Calls back once for every Keras 3 module that has been loaded to its end.

    Args:
        callback: is given the module `keras`, at once if it is loaded already. Under
            `import tensorflow` it is called while TensorFlow itself is half loaded.

    Returns:
        A function that uninstalls the hook; calling it twice does no harm.

    Raises:
        LegacyKerasError: if TF_USE_LEGACY_KERAS is set now. The same is raised out of the
            script's import of TensorFlow, of `tf_keras` in its own files, or of Keras 2.
    """
    refuse_legacy_variable()

    def saw(module: ModuleType) -> None:
        _refuse_legacy_version(module)
        callback(module)

    return on_import("keras", saw, {"tensorflow": _tensorflow, "tf_keras": _tf_keras})


def refuse_legacy_variable() -> None:
    """Raises LegacyKerasError if TensorFlow would serve Keras 2 as `tf.keras`."""
    if os.environ.get(LEGACY_VARIABLE) in _LEGACY_VALUES:
        raise LegacyKerasError(
            f"valgap reads Keras 3, and {LEGACY_VARIABLE}={os.environ[LEGACY_VARIABLE]} "
            "asks for Keras 2; unset it"
        )


def _refuse_legacy_version(module: ModuleType) -> None:
    version = str(getattr(module, "__version__", "3"))
    if version.partition(".")[0] in ("0", "1", "2"):
        raise LegacyKerasError(f"valgap reads Keras 3, and Keras {version} is installed")


def _tensorflow(run: Run, module: ModuleType) -> None:
    refuse_legacy_variable()
    run(module)


def _tf_keras(run: Run, module: ModuleType) -> None:
    if users_own_import():
        raise LegacyKerasError(
            "valgap reads Keras 3, and the script imports tf_keras (Keras 2); import keras instead"
        )
    run(module)
