"""Faults of bench/cure.py: both sides are scripts, apart in the fault alone."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from treating.faults import FAULTS, POOL, Fault


@pytest.mark.parametrize("name", FAULTS)
def test_the_sound_script_differs_in_what_mends_it(name):
    ill, sound = (FAULTS[name].text(fixed=fixed).split("\n") for fixed in (False, True))
    changed = [d for d in difflib.ndiff(ill, sound) if d[0] in "+-"]
    mended = sum(new.count("\n") + old.count("\n") + 2 for old, new in FAULTS[name].mends)
    assert 0 < len(changed) <= mended
    for text in (ill, sound):
        compile("\n".join(text), name, "exec")


@pytest.mark.parametrize("name", FAULTS)
def test_the_pool_is_large_and_told_from_the_rows_of_the_script(name):
    seen, sound, y = FAULTS[name].pool()
    assert len(seen) == len(sound) == len(y) == POOL
    assert np.isfinite(seen).all()


def test_a_text_that_is_not_there_once_is_said():
    with pytest.raises(ValueError, match="found 0 times"):
        Fault("heavy_l2_table", (("L3(0.5)", ""),), lambda rows, rng: (rng, rng)).text(fixed=True)
