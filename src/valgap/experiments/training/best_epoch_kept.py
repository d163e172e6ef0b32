"""The weights of the best epoch: FIT113, EVL105 and CUR105."""

from __future__ import annotations

from dataclasses import replace

from valgap.experiments.arms import CannotVaryError, experiment
from valgap.experiments.change import is_callback
from valgap.observe.recipe import Recipe


@experiment(
    name="best-epoch-kept",
    settles=("FIT113", "EVL105", "CUR105"),
    varied="the weights scored: those of the epoch with the lowest validation loss",
)
def best_epoch_kept(recipe: Recipe, option: str) -> Recipe:
    """The same fit, its weights put back to those of the epoch of lowest validation loss.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    though the epoch is chosen on the very rows that score it.

    References: Prechelt, Early Stopping - But When?, 1998.
    """
    if any(is_callback(c, "EarlyStopping") and c.restore_best_weights for c in recipe.callbacks):
        raise CannotVaryError("the best epoch is kept already")
    from keras.callbacks import EarlyStopping

    keeper = EarlyStopping(monitor="val_loss", patience=recipe.epochs, restore_best_weights=True)
    return replace(recipe, callbacks=(*recipe.callbacks, keeper))
