"""Early stopping, and the weights of the best epoch, by training rows held out for it."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import with_rows, without_callbacks
from valgap.observe.recipe import Recipe
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.rows import held_out_rows, with_training_rows

SHARE, LEAST_ROWS, LEAST_PATIENCE = 0.15, 8, 3


@remedy(
    name="keep-best-epoch",
    treats=("FIT113", "EVL105", "CUR105", "CUR101", "DAT207"),
    room="fit",
    changed="early stopping and the best epoch's weights, by training rows held out",
    excludes=("averaged-weights",),
    order=9,
    holds_out=SHARE,
)
def keep_best_epoch(recipe: Recipe, option: str) -> Recipe:
    """Stops when the loss on rows held out of training has its minimum behind it, and goes back.

    What it changes: 15 % of the training rows, drawn at random class by class (whole groups
    where groups are known), are left out of training. After each epoch they are scored in
    inference mode; the weights of the lowest loss are put back in the end, and the fit ends
    after a fifth of its epochs, three at least, without a lower one. EarlyStopping and
    ReduceLROnPlateau of the script, which look at validation rows, are left out. The rows that
    judge the remedy, and locked rows, are looked at by nothing while it trains.

    When it helps: the last epoch is worse than the best, or labels are wrong and learned by
    heart late.

    What it can harm: there are fewer training rows, and few rows held out choose by chance.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    held_out, kept = held_out_rows(recipe, SHARE)
    if min(len(held_out), len(kept)) < LEAST_ROWS:
        raise CannotVaryError(f"fewer than {LEAST_ROWS} training rows could be held out")
    from valgap.remedies.callbacks import KeepBestEpoch

    rows = replace(with_rows(recipe.train, held_out), fed=(), w=None)
    patience = max(LEAST_PATIENCE, recipe.epochs // 5)
    keeper = KeepBestEpoch(rows, patience, max(256, recipe.batch_size))
    others = without_callbacks(recipe, "EarlyStopping", "ReduceLROnPlateau")
    made = replace(with_training_rows(recipe, kept), callbacks=others)
    return with_callback(made, keeper)
