"""A model of the parts of classes given back as one of the classes. Import it lazily: of Keras.

While it trains the model gives one probability a part; when it has ended a dense layer of zeros
and ones adds them up. What is given back is of Keras alone, and of the form of the script's model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from valgap.experiments.rebuild import compile_again
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves

_LEAST = 1e-7  # as Keras clips probabilities


@dataclass(frozen=True, slots=True)
class Form:
    """How the script's model and its targets are: units of the head, scores, and columns."""

    units: int
    gives_scores: bool
    in_columns: bool


class MergeParts(keras.callbacks.Callback):  # type: ignore[misc]
    """Does nothing while a model trains; knows how it is given back.

    Args:
        classes: the class of each part.
        form: of the model of before.
        loss: that of before, as the recipe holds it, and its metrics.
    """

    place = 4

    def __init__(self, classes: np.ndarray, form: Form, loss: Any, metrics: Any) -> None:
        super().__init__()
        self.classes, self.form, self.loss, self.metrics = classes, form, loss, metrics

    def given_back(self, model: Any, recipe: Recipe, rows: Rows) -> tuple[Any, Recipe, Rows]:
        """Gives back the model of classes, and recipe and judging rows whose targets are those."""
        # Of a Sequential model that was loaded Keras knows the list alone.
        is_list = isinstance(model, keras.Sequential)
        ends = (model.inputs[0], model.outputs[0]) if is_list else (model.input, model.output)
        told = keras.tree.map_structure(self._merged, ends[1])
        made = keras.Model(ends[0], told, name=model.name)
        train = self._of_classes(recipe.train)
        again = replace(recipe, loss=self.loss, metrics=self.metrics, train=train)
        compile_again(made, again)
        return made, again, self._of_classes(rows)

    def _merged(self, parts: Any) -> Any:
        """The sum over the parts of each class; its logarithm where scores were given before."""
        columns = max(2, self.form.units)
        sums = np.eye(columns, dtype=np.float32)[self.classes]
        if not self.form.gives_scores:
            return _added(parts, sums[:, -self.form.units :])
        logs = keras.ops.log(keras.ops.maximum(_added(parts, sums), _LEAST))
        if self.form.units > 1:
            return logs
        return _added(logs, np.array([[-1.0], [1.0]], np.float32))

    def _of_classes(self, rows: Rows) -> Rows:
        def back(codes: Any) -> Any:
            labels = self.classes[np.asarray(codes)]
            if not self.form.in_columns:
                return labels
            return np.eye(self.form.units, dtype=np.float32)[labels]

        return replace(rows, y=map_leaves(back, rows.y))


def _added(values: Any, kernel: np.ndarray) -> Any:
    layer = keras.layers.Dense(kernel.shape[1], use_bias=False, trainable=False)
    told = layer(values)
    layer.set_weights([kernel])
    return told
