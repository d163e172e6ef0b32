"""Training on the parts of classes, which are merged for predictions."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from valgap.experiments.arms import CannotVaryError
from valgap.experiments.change import labels_of, one_target
from valgap.experiments.structure import end_with, one_head, without_shapes
from valgap.observe.recipe import Recipe, Rows
from valgap.observe.sources.nested import map_leaves
from valgap.remedies.attached import with_callback
from valgap.remedies.base import remedy
from valgap.remedies.losses import crossentropy_of, ends_in_probabilities, with_loss
from valgap.remedies.parts import clustered_parts, known_parts
from valgap.remedies.start import keeping_start


@remedy(
    name="train-on-subclasses",
    treats=("DAT205", "EVL107"),
    room="model",
    changed="classes: trained on in parts, whose probabilities are added up",
    options=("2", "3", "known"),
    excludes=(
        *("cutmix", "focal-loss", "head-that-fits-the-loss", "label-smoothing"),
        *("logit-adjustment", "mixup", "resampling", "decision-thresholds"),
    ),
    order=3,
)
def train_on_subclasses(recipe: Recipe, option: str) -> Recipe:
    """A head of one unit a part of each class; probabilities of parts are added up at the end.

    What it changes: targets name parts of classes, two or three clusters of inputs each
    (k-means) or the sub-labels that are `known` to the run; the head has a softmax unit for each
    and the loss is the sparse categorical cross-entropy. The model that is given back adds the
    probabilities of the parts of a class by a dense layer of zeros and ones, and gives what the
    script's model gave. Metrics are left out while it trains.

    When it helps: a class is one in name only, so that one border has to go around several clouds.

    What it can harm: parts of few rows are learned badly, and rows are told apart that need not
    be; of clusters that are none there is nothing to gain.

    References: Hoffmann, Kwok and Compton, Using Subclasses to Improve Classification Learning,
    2001; Sohoni et al., No Subclass Left Behind, 2020.
    """
    _, logits = crossentropy_of(recipe)
    if not logits and not ends_in_probabilities(recipe):
        raise CannotVaryError("the head gives neither scores nor probabilities")
    model = copy.deepcopy(recipe.model)
    head = one_head(model)
    if head.layer["class_name"] != "Dense":
        raise CannotVaryError("the head is no dense layer")
    units = head.layer["config"]["units"]
    _refuse_other_labels(labels_of(recipe.train), max(2, units))
    known = option == "known"
    parts = known_parts(recipe) if known else clustered_parts(recipe, int(option or "2"))
    head.layer["config"]["units"] = len(parts.classes)
    end_with(head, "softmax")
    from valgap.remedies.merging import Form, MergeParts

    target = one_target(recipe.train)
    in_columns = target.ndim > 1 and target.shape[-1] > 1
    form = Form(units, logits, in_columns)
    merge = MergeParts(parts.classes, form, recipe.loss, recipe.metrics)
    coded = with_loss(
        replace(
            recipe,
            model=model,
            train=_coded(recipe.train, parts.train),
            validation=_coded(recipe.validation, parts.validation),
            class_weight=None,  # they are in the weights of rows already
            metrics=None,
        ),
        "SparseCategoricalCrossentropy",
    )
    return with_callback(keeping_start(recipe, without_shapes(coded)), merge)


def _refuse_other_labels(labels: np.ndarray, columns: int) -> None:
    if labels.min() < 0 or labels.max() >= columns:
        raise CannotVaryError("labels are no numbers of units of the head")


def _coded(rows: Rows, codes: np.ndarray) -> Rows:
    return replace(rows, y=map_leaves(lambda _: codes, rows.y))
