"""Which way a logged figure is better, and whether it is a share, by the words of its name.

One table for all: Keras 3's metrics and losses, as their snake case and as classes, and
what torchmetrics, scikit-learn and transformers log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Direction = Literal["lower", "higher"]

# Words that may be the end of a longer one, as in `logloss`; they end where letters end.
_LOWER_ENDS = (
    r"loss(?:es)?(?!_scale|_weight)", r"errors?", r"m(?:s|a)e", r"msle", r"mape", r"perplexity",
    r"entropy", r"divergence", r"deviance", r"hinge", r"distance", r"nll",
)  # fmt: skip
# Whole words alone: short ones are found in many others.
_LOWER_WORDS = (
    r"err", r"mean_(?:absolute|squared)(?:_[a-z]+)*", r"rmsle", r"mase", r"wape", r"medae", r"mpe",
    r"bce", r"cce", r"scce", r"xent", r"kld?", r"kl_div", r"log_?cosh", r"poisson", r"huber",
    r"neg(?:ative)?_log_likelihood", r"neg(?:ative)?_likelihood", r"negative_likelihood_ratio",
    r"ppl", r"bpc", r"bits_per_[a-z]+", r"brier", r"crps", r"pinball", r"quantile",
    r"[wcmpe]er", r"ece", r"mce", r"fid", r"kid", r"lpips", r"hamming", r"hausdorff", r"cost",
    r"tversky", r"circle", r"ctc", r"fpr", r"fnr", r"fdr",
    r"false_(?:positive|negative|discovery|omission|alarm|accept|accepted|reject)s?(?:_rate)?",
)  # fmt: skip
_HIGHER_ENDS = (
    r"accurac(?:y|ies)", r"auc", r"auroc", r"auprc?", r"precision", r"recall", r"sensitivity",
    r"specificity", r"m?io_?u", r"dice", r"jaccard", r"similarity", r"correlation", r"concordance",
)  # fmt: skip
_HIGHER_WORDS = (
    r"acc", r"m_?ap", r"ap", r"f_?\d", r"f_?beta", r"scores?", r"kappa", r"mcc", r"matthews",
    r"r_?2", r"r_?squared?", r"explained_variance", r"[a-z]*bleu", r"rouge", r"rouge_?lsum",
    r"rouge_?l", r"meteor", r"cider", r"psnr", r"ssim", r"n?dcg", r"mrr", r"hits?(?:_rate|_ratio)?",
    r"top_?(?:k|\d+)", r"corr", r"pearson", r"spearman", r"kendall", r"ccc", r"c_index", r"em",
    r"true_(?:positive|negative)s?(?:_rate)?", r"tpr", r"tnr", r"ppv", r"npv", r"log_likelihood",
    r"positive_likelihood_ratio", r"elbo", r"rewards?", r"(?:success|win)_rate", r"exact_match",
    r"tversky_(?:index|coef[a-z]*|score)", r"nmi", r"ari", r"gini",
)  # fmt: skip
# Of the higher ones, those that lie between 0 and 1, and in percent between 0 and 100.
_SHARES = re.compile(
    r"acc(?:uracy)?(?![a-z])|auc|auroc|aupr|precision|recall|sensitivity|specificity|io_?u|dice"
    r"|jaccard|(?<![a-z])(?:f_?\d|f_?beta|m_?ap|top_?(?:k|\d+)|exact_match|em|tpr|tnr)(?![a-z])"
)
# As the tutorials of Keras name their counts; within longer names these mean other things.
_COUNTS = re.compile(r"([tf])[pn](?:_\d+)?")
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# scikit-learn turns losses into scores so; `neg_loss` is as often one of negative pairs.
_TURNED = re.compile(r"(?:^|_)neg_(?=[a-z])(?!log_likelihood|likelihood|loss(?:_\d+)?$)")


def _words(ends: tuple[str, ...], words: tuple[str, ...], after: str = "") -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?:{'|'.join(ends)})|(?<![a-z])(?:{'|'.join(words)})){after}(?![a-z])",
    )


# A score by the name of a loss, as brier_score, is one.
_LOWER = _words(_LOWER_ENDS, _LOWER_WORDS, "(?:_score)?")
_HIGHER = _words(_HIGHER_ENDS, _HIGHER_WORDS)


def direction(figure: str) -> Direction | None:
    """Gives back which way a figure is better, None where its name does not tell.

    The last word that tells counts: outputs come before their metric, as in `score_mae`.
    """
    name = _plain(figure)
    if counted := _COUNTS.fullmatch(name):
        return "higher" if counted[1] == "t" else "lower"
    found = max(_found(name), default=None)
    if found is None:
        return None
    return "higher" if _TURNED.search(name) else found[2]


def is_share(figure: str) -> bool:
    """Says whether a figure lies between 0 and 1, or 0 and 100 %, and is better the higher."""
    return direction(figure) == "higher" and _SHARES.search(_plain(figure)) is not None


def _found(name: str) -> Iterator[tuple[int, int, Direction]]:
    """Gives where each telling word ends, how long it is, and what it tells."""
    tables: tuple[tuple[re.Pattern[str], Direction], ...] = ((_LOWER, "lower"), (_HIGHER, "higher"))
    for pattern, tells in tables:
        for word in pattern.finditer(name):
            yield word.end(), len(word[0]), tells


def _plain(figure: str) -> str:
    """Puts a name into snake case, without the split that it is of."""
    spelled = figure.replace("IoU", "iou").replace("mAP", "map")
    words = re.sub(r"[^a-z0-9]+", "_", _CAPITALS.sub("_", spelled).lower()).strip("_")
    return re.sub(r"^(?:val|train|test|eval)_", "", words)
