"""Scripts with one planted cause each, by family: one part of a sound script is changed."""

from __future__ import annotations

from diagnosis.planted import data, evaluation, fits, models, pairing, splits

SCRIPTS = {
    **splits.SCRIPTS,
    **data.SCRIPTS,
    **pairing.SCRIPTS,
    **models.SCRIPTS,
    **fits.SCRIPTS,
    **evaluation.SCRIPTS,
}
