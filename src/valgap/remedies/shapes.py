"""Shapes of the layers of a recipe, which Keras alone can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import Config
from valgap.observe.describe import one_line
from valgap.observe.recipe import Recipe
from valgap.observe.safe_mode import safe_mode

Shape = tuple[int | None, ...]


def model_of(recipe: Recipe) -> Any:
    """Returns the model of a recipe, built and not compiled, to be looked at and thrown away.

    Raises:
        CannotVaryError: if Keras cannot make it.
    """
    from valgap.experiments.rebuild import unpacked
    from valgap.observe.sources.nested import map_leaves

    try:
        with safe_mode(on=False):  # lambdas of the user's own script
            model = unpacked(recipe.model, recipe.custom)
        if not model.built:
            model.build(map_leaves(lambda leaf: (None, *leaf.shape[1:]), recipe.train.x))
    except Exception as error:  # whatever layers of the user's own raise
        raise CannotVaryError(f"the model cannot be built: {one_line(error)}") from None
    return model


def output_shapes(recipe: Recipe) -> dict[str, Shape]:
    """Returns the shape that each outer layer gives, by name; of one that is shared, none."""
    found = {}
    for layer in model_of(recipe).layers:
        try:
            shape = layer.output.shape
        except (AttributeError, ValueError, RuntimeError):  # shared, or of several outputs
            continue
        found[layer.name] = tuple(shape)
    return found


def is_shaped(recipe: Recipe) -> bool:
    """Whether the layers with weights still tell what shape they are built for."""
    layers = recipe.model.get("config", {}).get("layers")
    if not isinstance(layers, list):
        return True
    return all("build_config" in c for c in layers if _is_built(c))


def with_shapes(recipe: Recipe) -> Recipe:
    """Returns the recipe with the shapes of its layers told again."""
    import keras

    config = keras.saving.serialize_keras_object(model_of(recipe))
    return replace(recipe, model={k: v for k, v in config.items() if k != "compile_config"})


def _is_built(layer: Config) -> bool:
    return layer["class_name"] in ("Dense", "Flatten") or "kernel_initializer" in layer["config"]
