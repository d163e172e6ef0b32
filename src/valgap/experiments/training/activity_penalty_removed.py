"""Penalties on activations removed, those on weights held: MOD111."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import Config, with_layers
from valgap.observe.recipe import Recipe


@experiment(
    name="activity-penalty-removed",
    settles=("MOD111",),
    varied="penalties on activations: none",
    held="data, split, seed, epochs, penalties on weights and all other settings",
)
def activity_penalty_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit without penalties on activations; those on weights stay.

    What confirms: validation rows score clearly better without. What refutes: they score no
    better, so that a model held down is held down by something else.

    References: Merity, McCann and Socher, Revisiting Activation Regularization for Language
    RNNs, 2017.
    """
    return with_layers(recipe, _without)


def _without(name: str, config: Config) -> bool:
    if name == "ActivityRegularization":
        config.update({"l1": 0.0, "l2": 0.0})
        return True
    has_one = bool(config.get("activity_regularizer"))
    if has_one:
        config["activity_regularizer"] = None
    return has_one
