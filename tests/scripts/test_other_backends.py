"""The same script on another backend: watched through the command line, measured and exact."""

import importlib.util

import pytest
from measured import WHOLE, final_accounts, report_of
from runner import Folder

OF_GRADIENTS = ("FIT102", "FIT107", "FIT116", "MOD115", "MOD116", "MOD119", "MOD121")
SCRIPT = """
    import keras
    import numpy as np

    draw = np.random.default_rng(0)
    x = draw.normal(size=(120, 6)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, validation_split=0.4, epochs=3, batch_size=12, verbose=0)
    print(keras.backend.backend(), [round(float(w.sum()), 6) for w in model.get_weights()])
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_fit_on_another_backend_is_measured_and_left_as_it_was(folder: Folder, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    told = report_of(folder, SCRIPT, WHOLE, KERAS_BACKEND=backend)
    assert not [each for each in told["not_run"] if each["code"] in OF_GRADIENTS]
    (fit,) = told["fits"]
    assert told["environment"]["backend"] == backend
    of_loss, _ = final_accounts(fit, 2, 1e-5)
    assert of_loss["batch-statistics"]["delta"] != 0
