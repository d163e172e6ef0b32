"""All scripts of the bench, by the name of the case."""

from __future__ import annotations

from diagnosis import fresh, healthy, odd, planted, published
from diagnosis.script import Script, Whole
from diagnosis.truth import TRUTHS

SCRIPTS: dict[str, Script | Whole] = {
    **planted.SCRIPTS,
    **healthy.SCRIPTS,
    **odd.SCRIPTS,
    **published.SCRIPTS,
    **fresh.SCRIPTS,
}

if SCRIPTS.keys() != TRUTHS.keys():
    raise ValueError(f"a script or a truth is missing: {sorted(SCRIPTS.keys() ^ TRUTHS.keys())}")
