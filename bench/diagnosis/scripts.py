"""All scripts of the bench, by the name of the case."""

from __future__ import annotations

from diagnosis import healthy, odd, planted, published
from diagnosis.script import Script
from diagnosis.truth import TRUTHS

SCRIPTS: dict[str, Script] = {
    **planted.SCRIPTS,
    **healthy.SCRIPTS,
    **odd.SCRIPTS,
    **published.SCRIPTS,
}

if SCRIPTS.keys() != TRUTHS.keys():
    raise ValueError(f"a script or a truth is missing: {sorted(SCRIPTS.keys() ^ TRUTHS.keys())}")
