"""Dropout and noise halved or removed: MOD109, MOD128 and MOD108."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import Config, is_augmentation, with_layers
from valgap.observe.recipe import Recipe

# Of layers of Keras and of the user's own; those of recurrent layers and of attention too.
_RATES = ("drop_rate", "dropout", "dropout_rate", "rate", "recurrent_dropout")


@experiment(
    name="dropout-removed",
    settles=("MOD109", "MOD128", "MOD108"),
    varied="dropout and noise: none, or half of it",
    options=("0", "0.5"),
)
def dropout_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit without dropout and noise layers, or with half of their rates.

    What confirms: validation rows score clearly better. What refutes: they score no better,
    so that the noise costs nothing.

    References: Srivastava et al., Dropout, 2014; Li et al., Understanding the Disharmony
    between Dropout and Batch Normalization by Variance Shift, 2019.
    """
    factor = float(option)

    def change(name: str, config: Config) -> bool:
        if is_augmentation(name):
            return False
        held = [key for key in _RATES if _is_rate(config.get(key))]
        if name == "GaussianNoise" and config.get("stddev"):
            held.append("stddev")
        config.update({key: factor * config[key] for key in held})
        return bool(held)

    return with_layers(recipe, change)


def _is_rate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1
