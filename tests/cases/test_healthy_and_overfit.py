"""Silence where nothing is wrong, and the right name where a network has learnt by heart."""

from __future__ import annotations

from pathlib import Path

import pytest
from watched import PROGRAMS, SEEDS, Report, share, watch

pytestmark = pytest.mark.slow

# Up to a minute each: two of them are for test-all, and seventeen for bench/diagnosis.py.
HEALTHY = (
    "healthy_batchnorm_tfdata",
    "healthy_regression",
    pytest.param("healthy_digits_cnn", marks=pytest.mark.long),
    pytest.param("healthy_dropout_mlp", marks=pytest.mark.long),
)


@pytest.fixture(scope="module", params=SEEDS)
def overfit(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A large network on sixty noisy rows."""
    folder = tmp_path_factory.mktemp("overfit")
    return watch(PROGRAMS / "overfit_mlp.py", str(request.param), folder=folder)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_said_to_be_healthy_first_and_has_no_error_and_no_warning(
    name: str, seed: int, tmp_path: Path
) -> None:
    report = watch(PROGRAMS / f"{name}.py", str(seed), folder=tmp_path)
    standing = [each for each in report.findings if each["status"] != "harmless"]
    assert standing[0]["code"] == "CUR108"
    # Notes may stand beside it: a reference that does a little better is worth knowing.
    assert {each["severity"] for each in standing} == {"note"}


def test_a_network_that_learns_by_heart_is_said_to_overfit(overfit: Report) -> None:
    assert "CUR101" in overfit.codes


def test_generalisation_carries_the_gap_of_a_network_that_learns_by_heart(
    overfit: Report,
) -> None:
    (account,) = [entry for entry in overfit.accounts() if "last" in entry["roles"]]
    assert share(account, "generalisation") >= 1 / 2


def test_a_network_that_learns_by_heart_is_not_said_to_be_healthy(overfit: Report) -> None:
    assert "CUR108" not in overfit.codes
