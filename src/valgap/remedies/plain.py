"""A trained model without layers of ours, which do nothing but in training."""

from __future__ import annotations

from typing import Any


def plain(model: Any) -> Any:
    """Gives back a model that Keras alone can load: layers of ours are no part of it any more.

    Weights, and what it gives in inference, stay what they are.

    Args:
        model: trained; without layers of ours it is given back itself.
    """
    import keras

    from valgap.remedies.layers import RandomScale

    def kept(layer: Any) -> Any:
        if isinstance(layer, RandomScale):
            return keras.layers.Identity(name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    if not any(isinstance(layer, RandomScale) for layer in model._flatten_layers()):
        return model
    made = keras.models.clone_model(model, clone_function=kept)
    made.set_weights(model.get_weights())
    if model.compiled:
        made.compile_from_config(model.get_compile_config())
    return made
