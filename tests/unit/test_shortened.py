"""The list of what `make test` leaves out names tests that there are."""

from pathlib import Path

import pytest
from shortened import KEPT

NAMED = [(file, name) for file, names in KEPT.items() for name in names]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_what_is_left_out_is_a_test(file, name):
    assert f"def {name}(" in (Path(__file__).parents[1] / file).read_text("utf-8")
