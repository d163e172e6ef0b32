"""Case 0 as planted: sequences of pictures, most weights behind Flatten, people on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest
from watched import EXAMPLES, SEEDS, Report, watch

pytestmark = pytest.mark.slow

SCRIPT = EXAMPLES / "overfit_sequences.py"


@pytest.fixture(scope="module", params=SEEDS[:2])
def early(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A few epochs: enough for what is a fact of the set-up and not of how the fit goes."""
    folder: Path = tmp_path_factory.mktemp("sequences")
    known = str(folder / "known.npz")
    size = ("--rows", "200", "--size", "56", "--epochs", "3", "--seed", str(request.param))
    options = ("--known", known)
    return watch(
        SCRIPT, "--planted", *size, *options, folder=folder, budget="0s", known=Path(known)
    )


@pytest.mark.parametrize("code", ["MOD105", "MOD128", "DAT103"])
def test_the_facts_of_the_set_up_are_found(early: Report, code: str) -> None:
    assert code in early.codes


def test_the_layer_that_holds_most_weights_is_the_lstm(early: Report) -> None:
    found = early.finding("MOD105")
    assert "lstm" in found["message"]
