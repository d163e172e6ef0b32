"""What chance alone gains where labels were looked at: the practical size of such a leak."""

from __future__ import annotations

from statistics import NormalDist

from valgap.evidence.records import EstimatorRecord

_NORMAL = NormalDist()


def chance_gain(record: EstimatorRecord) -> float | None:
    """Gives back the share of the labels that a leak explains where inputs tell nothing.

    Of a selection, `selection_gain`; of an encoder by the labels, categories a row, as the
    mean of m labels explains 1/m of their variance; of a projection by the labels, columns a
    row; of a sampler, the share of rows that were made of others. None: not known.
    """
    rows = record.rows
    if not rows or rows < 0:
        return None
    if record.role == "sampler":
        made = (record.rows_out or 0) - rows
        return made / (rows + made) if made > 0 else 0.0
    if record.role == "selector":
        return selection_gain(record.columns_out, record.columns, rows)
    learned = record.levels if record.role == "encoder" else record.columns
    return None if learned is None else min(1.0, max(0, learned) / rows)


def selection_gain(kept: int | None, of: int | None, rows: int) -> float | None:
    """Gives back the most variance that columns chosen from noise explain on the same rows.

    The correlation of a column of noise with labels is normal with variance 1/n. The k of p
    largest lie beyond z with 2 (1 - Phi(z)) = k / p, where z^2 is 1 + 2 z phi(z) p / k in the
    mean; what lies above 1, of k columns, is 2 p z phi(z) / n.
    """
    if not kept or not of or not 0 < kept <= of:
        return None
    z = _NORMAL.inv_cdf(1 - kept / (2 * of))
    return min(1.0, 2 * of * z * _NORMAL.pdf(z) / rows)
