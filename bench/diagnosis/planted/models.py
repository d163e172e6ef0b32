"""MOD: what the model is made of."""

from __future__ import annotations

from diagnosis.planted import depth, heads, noise, structure

SCRIPTS = {**heads.SCRIPTS, **structure.SCRIPTS, **noise.SCRIPTS, **depth.SCRIPTS}
