"""Which way a logged figure is better, by the words of its name."""

from __future__ import annotations

import re
from typing import Literal

Better = Literal["lower", "higher"]

# Names and short names of the losses and metrics of Keras, torchmetrics and transformers.
_LOWER = re.compile(
    r"loss|error|err\b|perplexity|\bppl\b|entropy|divergence|hinge|poisson|nll|\bw?cer\b|\bwer\b"
    r"|(?:^|_)(?:mae|mse|rmse|mape|msle|smape|bce|cce|kld|mean_(?:absolute|squared)\w*)(?:_|$)"
)
_HIGHER = re.compile(
    r"acc|auc|precision|recall|sensitivity|specificity|iou|dice|jaccard|f_?1|f_?beta|f\d?_score"
    r"|kappa|mcc|matthews|r2|r_square|bleu|rouge|psnr|ssim|(?:^|_)map(?:_|$)|ndcg|top_?k?_?\d*"
    r"|similarity|score"
)
# Of these, one less the figure is a share of wrong answers, drawn from that many rows.
_SHARES = re.compile(r"acc|top_?k|top_?\d")


def better(figure: str) -> Better | None:
    """Gives back which way a figure is better, None where its name does not tell."""
    name = figure.lower()
    if _LOWER.search(name):
        return "lower"
    return "higher" if _HIGHER.search(name) else None


def is_share_of_rows(figure: str) -> bool:
    """Says whether a figure is the share of rows answered rightly, as accuracy is."""
    name = figure.lower()
    return better(name) == "higher" and _SHARES.search(name) is not None and "balanced" not in name
