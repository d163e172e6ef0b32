"""Case 0 as planted, at the size of the demo: most weights stand behind Flatten; it overfits."""

from __future__ import annotations

from pathlib import Path

import pytest
from watched import EXAMPLES, Report, watch

# Six minutes on a slow machine.
pytestmark = [pytest.mark.slow, pytest.mark.long]

SIZE = ("--rows", "400", "--size", "56", "--epochs", "60")


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder: Path = tmp_path_factory.mktemp("sequences")
    known = folder / "known.npz"
    script, options = EXAMPLES / "overfit_sequences.py", ("--known", str(known))
    return watch(script, "--planted", *SIZE, *options, folder=folder, budget="0s", known=known)


def test_training_is_far_above_validation(posted: Report) -> None:
    assert posted.history("accuracy")[-1] > posted.history("val_accuracy")[-1] + 0.1


@pytest.mark.parametrize("code", ["MOD105", "CUR101", "MOD128", "DAT103"])
def test_the_facts_are_found(posted: Report, code: str) -> None:
    assert code in posted.codes


def test_the_layer_that_holds_most_weights_is_the_lstm(posted: Report) -> None:
    """Without experiments the groups that are torn apart may stand before it, by the processor."""
    (place,) = (i for i, each in enumerate(posted.findings[:2]) if each["code"] == "MOD105")
    assert "lstm" in posted.findings[place]["message"]
