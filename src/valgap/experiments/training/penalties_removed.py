"""Penalties on weights and activities together removed, halved or cut to a tenth: MOD110."""

from __future__ import annotations

from valgap.experiments.arms import experiment
from valgap.experiments.change import Config, with_layers
from valgap.observe.recipe import Recipe


@experiment(
    name="penalties-removed",
    settles=("MOD110",),
    varied="regularisation losses: none, a tenth or half",
    options=("0", "0.1", "0.5"),
    contains=("activity-penalty-removed",),
)
def penalties_removed(recipe: Recipe, option: str) -> Recipe:
    """The same fit without penalties on weights and activities, or with a tenth or half of them.

    What confirms: validation rows score clearly better without. What refutes: they score no
    better, so that what the penalties take is not missed.

    References: Krogh and Hertz, A Simple Weight Decay Can Improve Generalization, 1992.
    """
    factor = float(option)

    def change(_: str, config: Config) -> bool:
        held = [k for k, v in config.items() if k.endswith("_regularizer") and v]
        for name in held:
            config[name] = _scaled(config[name], factor) if factor else None
        return bool(held) or _activity_layer(_, config, factor)

    return with_layers(recipe, change)


def _scaled(regularizer: Config, factor: float) -> Config:
    held = regularizer["config"]
    numbers = {k: factor * v for k, v in held.items() if k in ("l1", "l2", "factor")}
    return {**regularizer, "config": {**held, **numbers}}


def _activity_layer(name: str, config: Config, factor: float) -> bool:
    """A layer that adds a penalty and does nothing else."""
    if name != "ActivityRegularization":
        return False
    config.update({k: factor * config[k] for k in ("l1", "l2")})
    return True
