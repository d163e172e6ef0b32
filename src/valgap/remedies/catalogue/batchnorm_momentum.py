"""Moving statistics of batch normalisation that follow sooner."""

from __future__ import annotations

from valgap.experiments.change import Config, with_layers
from valgap.observe.recipe import Recipe
from valgap.remedies.base import remedy


@remedy(
    name="batchnorm-momentum",
    treats=("MOD106", "CUR103"),
    room="model",
    changed="momentum of batch normalisation: 0.9 or 0.8",
    options=("0.9", "0.8"),
    excludes=("group-normalisation", "layer-normalisation"),
)
def batchnorm_momentum(recipe: Recipe, option: str) -> Recipe:
    """Moving averages over some ten, or five, batches in place of a hundred.

    What it changes: `momentum` of BatchNormalization, where it is higher.

    When it helps: epochs have few steps, so that the averages trail the weights.

    What it can harm: averages over few small batches are noisier.

    References: Ioffe and Szegedy, Batch Normalization, 2015; Keras documentation,
    BatchNormalization; Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021.
    """
    momentum = float(option)

    def change(name: str, config: Config) -> bool:
        is_slower = name == "BatchNormalization" and config.get("momentum", 0.99) > momentum
        if is_slower:
            config["momentum"] = momentum
        return is_slower

    return with_layers(recipe, change)
